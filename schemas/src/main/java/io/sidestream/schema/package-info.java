/**
 * What Sidestream writes to and reads from Kafka: the Avro records generated from {@code
 * src/main/avro}, the names of the topics that carry them, and their wire formats.
 */
package io.sidestream.schema;
