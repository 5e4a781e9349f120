/**
 * A whole Sidestream on one machine: a Kafka broker in a child process and Flink in this one, both
 * keeping what they know in one {@link io.sidestream.local.stack.DataDirectory}, with the indexing
 * job running between them.
 */
package io.sidestream.local.stack;
