/**
 * How fast the indexing job is beside what it is built from: a plain consumer, a Flink source, and
 * the least that a stateful exactly-once job can do, all on one broker and one topic.
 */
package io.sidestream.bench.pipeline;
