package io.sidestream.local.kafka;

import io.sidestream.operators.IncomingRecord;
import io.sidestream.operators.decode.DecodeOptions;
import io.sidestream.operators.decode.ItemDecoder;
import io.sidestream.schema.MalformedRecordException;
import org.apache.flink.configuration.Configuration;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Hands embeddings and deletions on, and counts what is neither: what the indexing job would make
 * dead letters of. Serves one thread.
 */
final class EmbeddingDecoder {

    private final EmbeddingTopic.Sink sink;
    private final ItemDecoder decoder = new ItemDecoder(DecodeOptions.from(new Configuration()));
    private long refused;

    EmbeddingDecoder(EmbeddingTopic.Sink sink) {
        this.sink = sink;
    }

    /** Hands a record's embedding or deletion over, or counts it as refused. */
    void handOver(ConsumerRecord<byte[], byte[]> record) {
        try {
            sink.accept(
                    decoder.decode(
                            new IncomingRecord(
                                    record.topic(),
                                    record.partition(),
                                    record.offset(),
                                    record.timestamp(),
                                    record.key(),
                                    record.value())));
        } catch (MalformedRecordException e) {
            refused++;
        }
    }

    /** Records so far that the job refuses, whatever the codebook. */
    long refused() {
        return refused;
    }
}
