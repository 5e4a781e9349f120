/**
 * Tests of the whole system on a real Kafka broker and a real Flink cluster. What is right is said
 * by an oracle that shares no code with the system: plain loops in double precision.
 */
package io.sidestream.it;
