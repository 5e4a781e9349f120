/**
 * Third stage: what the catalog is. Owns each item's revision and codes, drops what is stale or
 * changes nothing, and turns the rest into moves between paths.
 */
package io.sidestream.operators.index;
