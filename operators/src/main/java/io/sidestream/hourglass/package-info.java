/**
 * Skew of a layer's token counts, drift from the counts a codebook was made with, and alerts that
 * open and resolve on them. Knows nothing of Flink, nor of where counts come from.
 */
package io.sidestream.hourglass;
