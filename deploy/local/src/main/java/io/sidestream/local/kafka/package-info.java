/**
 * What the commands do with Kafka, any Kafka: topics, embeddings in, SIDs out, codebook versions, a
 * look at what is going by. Nothing here knows of Flink, save the decoder of embeddings, which is
 * the job's own, or of the command line's layout, save {@link
 * io.sidestream.local.kafka.ConnectionOptions}.
 */
package io.sidestream.local.kafka;
