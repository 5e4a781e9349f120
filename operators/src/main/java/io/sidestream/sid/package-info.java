/**
 * Semantic IDs: the path an item's codes give it, the ordinal that tells items on one path apart,
 * and the text of both. Knows nothing of Flink.
 */
package io.sidestream.sid;
