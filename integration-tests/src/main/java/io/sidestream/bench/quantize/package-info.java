/** How fast embeddings are quantized: a JMH benchmark, and a comparison with OpenBLAS. */
package io.sidestream.bench.quantize;
