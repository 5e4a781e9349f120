/**
 * How fast a remap plan reaches the items that are indexed, and what that costs the live stream:
 * the whole job, between endpoints in memory.
 */
package io.sidestream.bench.sweep;
