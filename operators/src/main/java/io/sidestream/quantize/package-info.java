/**
 * Residual quantization of embeddings: a scalar reference and a SIMD kernel that return the same
 * codes, bit for bit. Start at {@link io.sidestream.quantize.ResidualQuantizer}.
 */
package io.sidestream.quantize;
