/**
 * Decisions, read back: a remap plan takes effect when its record comes from {@code sid-remaps},
 * whoever wrote it, so that deciding, overriding and replaying are one road.
 */
package io.sidestream.operators.remap;
