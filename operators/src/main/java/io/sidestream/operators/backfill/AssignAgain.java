package io.sidestream.operators.backfill;

import io.sidestream.operators.DeadLetters;
import io.sidestream.operators.assign.AssignOptions;
import io.sidestream.operators.assign.AssignedItem;
import io.sidestream.operators.assign.Bundle;
import io.sidestream.operators.assign.LiveCodebook;
import io.sidestream.operators.assign.Place;
import io.sidestream.operators.decode.DecodedItem;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.SingleObjectFormat;
import java.util.List;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Quantizes embeddings that the index has already, under one codebook version.
 *
 * <p>Input: {@link DecodedItem}s in the order of their Kafka partition; deletions are passed over,
 * as the index knows of them. State: none; what is bundled is flushed before every checkpoint
 * barrier. Output: {@link AssignedItem}s of a backfill. An embedding that the version cannot take
 * goes to {@link DeadLetters#TAG}.
 */
public final class AssignAgain extends AbstractStreamOperator<AssignedItem>
        implements OneInputStreamOperator<DecodedItem, AssignedItem> {

    private static final long serialVersionUID = 1L;

    private final AssignOptions options;

    /** As a record, which knows how to travel; Avro's classes do it in ways of their own. */
    private final byte[] manifest;

    private transient LiveCodebook codebook;
    private transient Bundle bundle;
    private transient Counter assigned;

    public AssignAgain(AssignOptions options, CodebookManifest manifest) {
        this.options = options;
        this.manifest = SingleObjectFormat.of(CodebookManifest.class).encode(manifest);
    }

    @Override
    public void open() throws Exception {
        super.open();
        codebook =
                LiveCodebook.open(
                        SingleObjectFormat.of(CodebookManifest.class).decode(manifest),
                        options.bundleSize());
        bundle = new Bundle(options, List.of(codebook), getProcessingTimeService(), this::emit);
        assigned = getMetricGroup().counter("backfilledItems");
    }

    @Override
    public void processElement(StreamRecord<DecodedItem> element) {
        if (!element.getValue().isDeletion()) {
            bundle.add(element.getValue());
        }
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        super.prepareSnapshotPreBarrier(checkpointId);
        bundle.flush();
    }

    @Override
    public void finish() throws Exception {
        bundle.flush();
        super.finish();
    }

    @Override
    public void close() throws Exception {
        if (codebook != null) {
            codebook.close();
        }
        super.close();
    }

    private void emit(DecodedItem item, Bundle.Result result) {
        if (result.isRefused()) {
            output.collect(
                    DeadLetters.TAG,
                    new StreamRecord<>(
                            DeadLetters.of(item.origin(), result.cause(), result.message())));
            return;
        }
        assigned.inc();
        output.collect(
                new StreamRecord<>(
                        new AssignedItem(
                                item.itemId(),
                                AssignedItem.Source.BACKFILL,
                                new Place(item.origin().partition(), item.origin().offset()),
                                item.explicitRevision(),
                                item.eventTime(),
                                result.assignments())));
    }
}
