package io.sidestream.local.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.hourglass.TokenSkew;
import io.sidestream.schema.AlertState;
import io.sidestream.schema.HourglassAlert;
import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.LayerSkew;
import io.sidestream.schema.PlanStatus;
import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.RemapPlanStatus;
import io.sidestream.schema.RemapPolicyKind;
import io.sidestream.schema.ReportScope;
import io.sidestream.schema.SingleObjectFormat;
import io.sidestream.sid.Remap;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Reports, alerts and plans as the job would write them. */
public final class TestingHourglass {

    /** Of everything here that does not say another time. */
    public static final Instant AT = Instant.parse("2026-01-02T03:04:05Z");

    private TestingHourglass() {}

    /** Of all live items, which are on paths of their own. */
    public static HourglassReport standing(String version, Instant at, long[]... counts) {
        HourglassReport report = report(version, at, ReportScope.STANDING, counts);
        report.setDistinctPaths(report.getItems());
        report.setPathUtilization(0.25);
        report.setCollisionRate(0.0);
        report.setSingletonRate(1.0);
        return report;
    }

    /** Of the arrivals of five minutes. */
    public static HourglassReport window(String version, Instant at, long[]... counts) {
        HourglassReport report = report(version, at, ReportScope.WINDOW, counts);
        report.setWindow(300_000L);
        return report;
    }

    private static HourglassReport report(
            String version, Instant at, ReportScope scope, long[]... counts) {
        List<LayerSkew> layers = new ArrayList<>();
        for (long[] layer : counts) {
            layers.add(layer(layers.size() + 1, layer));
        }
        return HourglassReport.newBuilder()
                .setCodebookVersion(version)
                .setAt(at)
                .setScope(scope)
                .setItems(Arrays.stream(counts[0]).sum())
                .setLayers(layers)
                .setRemapEpoch(0L)
                .build();
    }

    private static LayerSkew layer(int layer, long[] counts) {
        TokenSkew skew = TokenSkew.of(counts);
        boolean empty = skew.items() == 0;
        return LayerSkew.newBuilder()
                .setLayer(layer)
                .setTokens(counts.length)
                .setCounts(Arrays.stream(counts).boxed().toList())
                .setEntropy(skew.entropy())
                .setEntropyRatio(skew.entropyRatio())
                .setPerplexity(skew.perplexity())
                .setGini(skew.gini())
                .setStd(skew.std())
                .setCoefficientOfVariation(skew.coefficientOfVariation())
                .setMaxShare(skew.maxShare())
                .setDeadCodes(skew.deadCodes())
                .setQuantizationError(empty ? null : 1.0 / (layer + 1))
                .setJensenShannon(empty ? null : 0.125)
                .setJensenShannonExpected(empty ? null : 0.0625)
                .setPsi(empty ? null : 0.5)
                .setPsiExpected(empty ? null : 0.375)
                .build();
    }

    public static HourglassAlert alert(
            String version, String id, AlertState state, Instant at, double value) {
        return HourglassAlert.newBuilder()
                .setCodebookVersion(version)
                .setAlertId(id)
                .setState(state)
                .setScope(ReportScope.STANDING)
                .setMetric("entropy_ratio")
                .setLayer(2)
                .setValue(value)
                .setThreshold(state == AlertState.OPENED ? 0.8 : 0.85)
                .setEvaluations(3)
                .setItems(1000L)
                .setAt(at)
                .setMessage("entropy_ratio of layer 2 is " + value)
                .build();
    }

    /** {@code top-p=0.85} on layer 2. */
    public static RemapPlan plan(String version, long epoch, Instant at, Integer... headTokens) {
        return RemapPlan.newBuilder()
                .setCodebookVersion(version)
                .setEpoch(epoch)
                .setLayer(2)
                .setPolicy(RemapPolicyKind.TOP_P)
                .setParameter(0.85)
                .setHeadTokens(
                        new Remap(2, Stream.of(headTokens).mapToInt(Integer::intValue).toArray())
                                .bitmap())
                .setItems(1000L)
                .setItemsToMove(850L)
                .setHeadItems(860L)
                .setSkewBefore(Map.of("entropy_ratio", 0.5, "gini", 0.75))
                .setDecidedAt(at)
                .setDecidedBy("alert")
                .setRequestId("")
                .build();
    }

    public static RemapPlanStatus status(
            String version, long epoch, PlanStatus status, Instant at, long moved, double share) {
        return RemapPlanStatus.newBuilder()
                .setCodebookVersion(version)
                .setEpoch(epoch)
                .setStatus(status)
                .setItemsMoved(moved)
                .setProgress(share)
                .setAt(at)
                .setMessage("")
                .setRequestId("")
                .build();
    }

    /** Writes records to a topic, in this order and by one key. */
    public static void send(
            Connection connection, String topic, String version, SpecificRecordBase... records)
            throws InterruptedException, ExecutionException {
        try (Producer<byte[], byte[]> producer = connection.producer(Map.of())) {
            for (SpecificRecordBase record : records) {
                producer.send(new ProducerRecord<>(topic, version.getBytes(UTF_8), bytes(record)))
                        .get();
            }
        }
    }

    /** What stands in the topic for a record. */
    @SuppressWarnings("unchecked") // a record's class is a class of that record
    static <T extends SpecificRecordBase> byte[] bytes(T record) {
        return SingleObjectFormat.of((Class<T>) record.getClass()).encode(record);
    }
}
