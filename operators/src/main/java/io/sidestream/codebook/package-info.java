/**
 * Codebooks: immutable, named versions of the codewords that embeddings are quantized against;
 * their file format, import from other tools, training by residual k-means on a sample of what is
 * live, and alignment of a new version's tokens with an older one's.
 */
package io.sidestream.codebook;
