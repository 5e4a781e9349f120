/**
 * What the stages of the indexing job share: how records are laid out between stages and in state,
 * how items and paths are spread over buckets, and how a bad record is put aside. Each stage has a
 * package of its own below this one: decode, assign, index, resolve, publish.
 */
package io.sidestream.operators;
