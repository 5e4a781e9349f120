/**
 * Decisions that come from outside the stream of items: which codebook versions are live, and the
 * remap plans of their SIDs. What is read here is broadcast to the stages that follow it.
 */
package io.sidestream.operators.control;
