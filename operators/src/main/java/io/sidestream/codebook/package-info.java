/**
 * Codebooks: immutable, named versions of the codewords that embeddings are quantized against;
 * their file format, import from other tools, and training by residual k-means.
 */
package io.sidestream.codebook;
