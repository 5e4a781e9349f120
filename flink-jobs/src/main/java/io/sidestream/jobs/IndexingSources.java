package io.sidestream.jobs;

import io.sidestream.operators.IncomingRecord;
import org.apache.flink.api.connector.source.Source;

/**
 * What the indexing job reads.
 *
 * @param codebooks records of {@code sid-codebooks}
 * @param remaps records of {@code sid-remaps}, in the order in which they were written
 * @param items records of {@code item-embeddings}, each Kafka partition in order
 * @param assignments records of {@code sid-assignments}
 */
public record IndexingSources(
        Source<IncomingRecord, ?, ?> codebooks,
        Source<IncomingRecord, ?, ?> remaps,
        Source<IncomingRecord, ?, ?> items,
        Source<IncomingRecord, ?, ?> assignments) {}
