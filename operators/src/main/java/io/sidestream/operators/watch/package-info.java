/**
 * What the catalog looks like: adds up what the other stages count, reports skew and drift, raises
 * alerts, and decides when SIDs are to be remapped.
 */
package io.sidestream.operators.watch;
