/**
 * What the commands do with Kafka, any Kafka: topics, embeddings in, SIDs out, codebook versions, a
 * look at what is going by. Nothing here knows of Flink or of the command line's layout, save
 * {@link io.sidestream.local.kafka.ConnectionOptions}.
 */
package io.sidestream.local.kafka;
