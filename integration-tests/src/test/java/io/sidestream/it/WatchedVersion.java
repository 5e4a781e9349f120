package io.sidestream.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.schema.HourglassAlert;
import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.LayerSkew;
import io.sidestream.schema.MalformedRecordException;
import io.sidestream.schema.PlanStatus;
import io.sidestream.schema.RemapAction;
import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.RemapPlanStatus;
import io.sidestream.schema.RemapPolicyKind;
import io.sidestream.schema.RemapRequest;
import io.sidestream.schema.ReportScope;
import io.sidestream.schema.SingleObjectFormat;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * One codebook version as people see it who read {@code sid-hourglass} and {@code sid-remaps} and
 * ask for remap plans: only what is committed.
 */
final class WatchedVersion {

    private final TestKafka kafka;
    private final TestCodebook codebook;

    WatchedVersion(TestKafka kafka, TestCodebook codebook) {
        this.kafka = kafka;
        this.codebook = codebook;
    }

    List<HourglassReport> reports(ReportScope scope) throws MalformedRecordException {
        return read(kafka.topics().hourglass(), HourglassReport.class).stream()
                .filter(report -> report.getScope() == scope)
                .toList();
    }

    List<HourglassAlert> alerts() throws MalformedRecordException {
        return read(kafka.topics().hourglass(), HourglassAlert.class);
    }

    Plans plans() throws MalformedRecordException {
        return Plans.of(read(kafka.topics().remaps(), RemapPlan.class));
    }

    List<RemapPlanStatus> steps() throws MalformedRecordException {
        return read(kafka.topics().remaps(), RemapPlanStatus.class);
    }

    private <T extends SpecificRecordBase> List<T> read(String topic, Class<T> type)
            throws MalformedRecordException {
        SingleObjectFormat<T> format = SingleObjectFormat.of(type);
        List<T> records = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : kafka.read(topic)) {
            if (new String(record.key(), UTF_8).equals(codebook.version())
                    && format.recognizes(record.value())) {
                records.add(format.decode(record.value()));
            }
        }
        return records;
    }

    /** Asks for a plan that is applied at once. */
    String apply(int layer, RemapPolicyKind policy, double parameter) {
        return ask(RemapAction.APPLY, 0, layer, policy, parameter);
    }

    /** Asks for a plan that waits. */
    String propose(int layer, RemapPolicyKind policy, double parameter) {
        return ask(RemapAction.PROPOSE, 0, layer, policy, parameter);
    }

    String approve(long epoch) {
        return ask(RemapAction.APPROVE, epoch, 2, null, 0);
    }

    String reject(long epoch) {
        return ask(RemapAction.REJECT, epoch, 2, null, 0);
    }

    private String ask(
            RemapAction action, long epoch, int layer, RemapPolicyKind policy, double parameter) {
        String id = UUID.randomUUID().toString();
        RemapRequest request =
                RemapRequest.newBuilder()
                        .setRequestId(id)
                        .setCodebookVersion(codebook.version())
                        .setAction(action)
                        .setEpoch(epoch)
                        .setLayer(layer)
                        .setPolicy(policy)
                        .setParameter(parameter)
                        .setRequestedAt(Instant.now())
                        .setRequestedBy("a test")
                        .build();
        kafka.send(
                new ProducerRecord<>(
                        kafka.topics().remaps(),
                        codebook.version().getBytes(UTF_8),
                        SingleObjectFormat.of(RemapRequest.class).encode(request)));
        kafka.flush();
        return id;
    }

    /** The first report that is made after some moment. */
    HourglassReport reportAfter(Instant moment, Alive system, ReportScope scope) throws Exception {
        List<HourglassReport> reports = new ArrayList<>();
        Eventually.await(
                "a report of " + codebook.version(),
                () -> {
                    system.requireAlive();
                    reports(scope).stream()
                            .filter(report -> report.getAt().isAfter(moment))
                            .findFirst()
                            .ifPresent(reports::add);
                    return !reports.isEmpty();
                });
        return reports.get(0);
    }

    /** The first step, in the order of the topic, that is of some kind. */
    RemapPlanStatus awaitStep(Alive system, String what, Predicate<RemapPlanStatus> wanted)
            throws Exception {
        List<RemapPlanStatus> steps = new ArrayList<>();
        Eventually.await(
                what,
                () -> {
                    system.requireAlive();
                    steps().stream().filter(wanted).findFirst().ifPresent(steps::add);
                    return !steps.isEmpty();
                });
        return steps.get(0);
    }

    /** Waits for the answer to a request: the plan's epoch, 0 if it was refused. */
    RemapPlanStatus awaitAnswer(Alive system, String requestId) throws Exception {
        return awaitStep(
                system,
                "an answer to a request about " + codebook.version(),
                step -> step.getRequestId().equals(requestId));
    }

    /** Waits until the sweep of a plan is on its way. */
    RemapPlanStatus awaitMiddle(Alive system, long epoch) throws Exception {
        return awaitStep(
                system,
                "the sweep of plan %d is in the middle".formatted(epoch),
                step ->
                        step.getEpoch() == epoch
                                && step.getStatus() == PlanStatus.APPLYING
                                && step.getProgress() > 0
                                && step.getProgress() < 1);
    }

    /** Waits for a step of a plan, and until what belongs to it is committed. */
    RemapPlanStatus awaitStatus(Alive system, long epoch, PlanStatus status) throws Exception {
        RemapPlanStatus found =
                awaitStep(
                        system,
                        "plan %d is %s".formatted(epoch, status),
                        step -> step.getEpoch() == epoch && step.getStatus() == status);
        String updates = kafka.topics().updates(codebook.version());
        Eventually.await(updates + " is committed", () -> kafka.isCommitted(updates));
        return found;
    }

    /**
     * Whatever was said is in order: every report's layers agree, none was made twice; every plan
     * was made of the counts that were reported with it; every plan's life is one.
     */
    void requireSound() throws Exception {
        TreeMap<Instant, HourglassReport> reports = new TreeMap<>();
        for (ReportScope scope : ReportScope.values()) {
            List<HourglassReport> all = reports(scope);
            for (HourglassReport report : all) {
                for (LayerSkew layer : report.getLayers()) {
                    assertThat(layer.getCounts().stream().mapToLong(Long::longValue).sum())
                            .as("items of layer %d at %s", layer.getLayer(), report.getAt())
                            .isEqualTo(report.getItems());
                }
                if (scope == ReportScope.STANDING) {
                    assertThat(reports.put(report.getAt(), report)).as("said twice").isNull();
                }
            }
            assertThat(all).extracting(HourglassReport::getAt).isSorted();
        }
        List<RemapPlanStatus> steps = steps();
        Plans plans = plans();
        RemapPlan inForce = null;
        for (RemapPlan plan : plans.byEpoch().values()) {
            // Reports are dated by the time at which they were due.
            requireMadeOf(reports.floorEntry(plan.getDecidedAt()).getValue(), plan, inForce);
            List<RemapPlanStatus> life =
                    steps.stream().filter(step -> step.getEpoch() == plan.getEpoch()).toList();
            if (requireLife(life)) {
                inForce = plan;
            }
        }
        assertThat(read(kafka.topics().remaps(), RemapPlan.class))
                .extracting(RemapPlan::getEpoch)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, plans.byEpoch().size()).boxed().toList());
    }

    /** A plan's facts, recomputed from the counts that are reported at the same evaluation. */
    private static void requireMadeOf(HourglassReport report, RemapPlan plan, RemapPlan inForce) {
        LayerSkew layer = report.getLayers().get(plan.getLayer() - 1);
        List<Long> counts = layer.getCounts();
        List<Integer> head = Plans.head(plan, counts.size());
        assertThat(head)
                .as("head of %s for %s", plan, counts)
                .isEqualTo(HourglassOracle.head(plan.getPolicy(), plan.getParameter(), counts));
        assertThat(plan.getItems()).isEqualTo(report.getItems());
        assertThat(plan.getHeadItems()).isEqualTo(head.stream().mapToLong(counts::get).sum());
        assertThat(plan.getSkewBefore().get("gini")).isEqualTo(layer.getGini());
        assertThat(plan.getSkewBefore().get("entropy_ratio")).isEqualTo(layer.getEntropyRatio());
        if (inForce == null || inForce.getLayer() == plan.getLayer()) {
            long moves = 0;
            for (int token = 0; token < counts.size(); token++) {
                boolean drops = Plans.drops(plan, token);
                boolean dropped = inForce != null && Plans.drops(inForce, token);
                moves += drops == dropped ? 0 : counts.get(token);
            }
            assertThat(plan.getItemsToMove()).as("%s after %s", plan, inForce).isEqualTo(moves);
        }
    }

    /** PLANNED, perhaps APPROVED, APPLYING as long as it takes, APPLIED, and at most one end. */
    private static boolean requireLife(List<RemapPlanStatus> life) {
        StringBuilder letters = new StringBuilder();
        long moved = 0;
        double progress = 0;
        for (RemapPlanStatus step : life) {
            letters.append(
                    switch (step.getStatus()) {
                        case PLANNED -> 'p';
                        case APPROVED -> 'a';
                        case APPLYING -> 'i';
                        case APPLIED -> 'd';
                        case SUPERSEDED -> 's';
                        case REJECTED -> 'r';
                    });
            assertThat(step.getItemsMoved()).as("%s", life).isGreaterThanOrEqualTo(moved);
            assertThat(step.getProgress()).as("%s", life).isBetween(progress, 1.0);
            if (step.getStatus() == PlanStatus.APPLIED) {
                assertThat(step.getProgress()).as("%s", life).isEqualTo(1);
            }
            if (step.getStatus() != PlanStatus.SUPERSEDED) { // its sweep is no longer followed
                moved = step.getItemsMoved();
                progress = step.getProgress();
            }
        }
        assertThat(letters.toString()).as("%s", life).matches("p([sr]?|a?i+[sr]?|a?i+ds?)");
        return letters.indexOf("i") >= 0;
    }
}
