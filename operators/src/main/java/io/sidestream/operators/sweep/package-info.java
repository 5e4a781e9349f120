/**
 * How a decision reaches the items that are indexed already: bucket by bucket, in slices of time
 * between which the live stream goes on.
 */
package io.sidestream.operators.sweep;
