/**
 * Files of embeddings: {@code .npy}, {@code .npz} and {@code .jsonl}, read row by row so that a
 * file may be larger than memory.
 */
package io.sidestream.embedding;
