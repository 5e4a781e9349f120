/**
 * Brings a new codebook version to the items that were there before it. A bounded job reads their
 * embeddings again and quantizes them under that version alone; the codes reach the index through
 * {@code sid-assignments}.
 */
package io.sidestream.operators.backfill;
