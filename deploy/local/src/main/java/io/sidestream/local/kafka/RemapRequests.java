package io.sidestream.local.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.local.UserError;
import io.sidestream.operators.control.RemapLimits;
import io.sidestream.schema.PlanStatus;
import io.sidestream.schema.RemapAction;
import io.sidestream.schema.RemapPlanStatus;
import io.sidestream.schema.RemapRequest;
import io.sidestream.schema.SingleObjectFormat;
import io.sidestream.sid.RemapPolicy;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import org.apache.flink.util.TimeUtils;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;

/**
 * Asks the indexing job for remap plans and for what is to become of them, and waits until that has
 * come about. Serves one thread.
 */
public final class RemapRequests implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(200);

    private final Connection connection;
    private final RemapLog log;

    private RemapRequests(Connection connection, RemapLog log) {
        this.connection = connection;
        this.log = log;
    }

    /** Is told of a plan's way while it is waited for. */
    public interface Listener {

        /**
         * Called several times a second, whether there is news or not.
         *
         * @param plan as far as it has come; null as long as the job has not answered
         */
        void waiting(PlanLife plan) throws InterruptedException;
    }

    /**
     * Connects, and reads which plans there are.
     *
     * @throws UserError if no broker answers or the topic of plans does not exist
     */
    public static RemapRequests open(Connection connection) throws InterruptedException {
        return new RemapRequests(connection, RemapLog.follow(connection));
    }

    /**
     * A request to make a plan from the live counts.
     *
     * @param action PROPOSE or APPLY
     * @param layer 1-based
     */
    public static RemapRequest toPlan(
            RemapAction action, String version, int layer, RemapPolicy policy) {
        return request(action, version)
                .setLayer(layer)
                .setPolicy(policy.kind())
                .setParameter(policy.parameter())
                .build();
    }

    /**
     * A request to decide about a plan that waits.
     *
     * @param action APPROVE or REJECT
     */
    public static RemapRequest toDecide(RemapAction action, String version, long epoch) {
        return request(action, version).setEpoch(epoch).build();
    }

    private static RemapRequest.Builder request(RemapAction action, String version) {
        return RemapRequest.newBuilder()
                .setRequestId(UUID.randomUUID().toString())
                .setCodebookVersion(version)
                .setAction(action)
                .setRequestedAt(Instant.now().truncatedTo(ChronoUnit.MILLIS))
                .setRequestedBy(
                        RemapLimits.cut(System.getProperty("user.name"), RemapLimits.MAX_NAME));
    }

    /** A plan as far as it has been read, if there is one. */
    public Optional<PlanLife> plan(String version, long epoch) {
        return log.plan(version, epoch);
    }

    /** The plan that a version's SIDs follow, as far as it has been read, if there is one. */
    public Optional<PlanLife> planInForce(String version) {
        return log.plans().stream()
                .filter(life -> life.plan().getCodebookVersion().equals(version))
                .filter(PlanLife::isInForce)
                .reduce((earlier, later) -> later);
    }

    /**
     * Writes a request, and waits until Kafka has it.
     *
     * @throws UserError if the job would not answer it
     */
    public void send(RemapRequest request) throws InterruptedException {
        try {
            RemapLimits.check(request);
        } catch (IllegalArgumentException e) {
            throw new UserError("the request cannot be sent: " + e.getMessage(), e);
        }
        try (Producer<byte[], byte[]> producer = connection.producer(Map.of())) {
            producer.send(
                            new ProducerRecord<>(
                                    connection.topics().remaps(),
                                    request.getCodebookVersion().getBytes(UTF_8),
                                    SingleObjectFormat.of(RemapRequest.class).encode(request)))
                    .get();
        } catch (ExecutionException e) {
            throw KafkaErrors.explain(connection, e.getCause());
        } catch (KafkaException e) {
            throw KafkaErrors.explain(connection, e);
        }
    }

    /**
     * Waits until the job has done what it was asked for: a proposed plan is PLANNED, one that is
     * to be applied or was approved is APPLIED, one that was to be rejected is REJECTED.
     *
     * @param patience how long the job may give no sign of itself
     * @return the plan
     * @throws UserError if the job refuses, gives no sign, or something else becomes of the plan
     */
    public PlanLife await(RemapRequest request, Duration patience, Listener listener)
            throws InterruptedException {
        PlanStatus goal = goal(request.getAction());
        int steps = 0;
        long lastNews = System.nanoTime();
        while (true) {
            requireNotRefused(request);
            PlanLife plan = planOf(request).orElse(null);
            listener.waiting(plan);
            if (plan != null) {
                if (plan.steps().stream().anyMatch(step -> step.getStatus() == goal)) {
                    return plan;
                }
                requireOnItsWay(plan);
                if (plan.steps().size() != steps) {
                    steps = plan.steps().size();
                    lastNews = System.nanoTime();
                }
            }
            if (System.nanoTime() - lastNews > patience.toNanos()) {
                throw silent(plan, patience);
            }
            log.poll(POLL);
        }
    }

    private static PlanStatus goal(RemapAction action) {
        return switch (action) {
            case PROPOSE -> PlanStatus.PLANNED;
            case APPLY, APPROVE -> PlanStatus.APPLIED;
            case REJECT -> PlanStatus.REJECTED;
        };
    }

    private Optional<PlanLife> planOf(RemapRequest request) {
        return switch (request.getAction()) {
            case PROPOSE, APPLY ->
                    log.plans().stream()
                            .filter(
                                    life ->
                                            life.plan()
                                                    .getRequestId()
                                                    .equals(request.getRequestId()))
                            .findFirst();
            case APPROVE, REJECT -> log.plan(request.getCodebookVersion(), request.getEpoch());
        };
    }

    private void requireNotRefused(RemapRequest request) {
        Optional<RemapPlanStatus> refusal =
                log.answer(request.getRequestId()).filter(answer -> answer.getEpoch() == 0);
        if (refusal.isPresent()) {
            throw new UserError("the indexing job refuses: " + refusal.get().getMessage());
        }
    }

    private static void requireOnItsWay(PlanLife plan) {
        PlanStatus status = plan.status();
        if (status == PlanStatus.SUPERSEDED || status == PlanStatus.REJECTED) {
            String why = plan.steps().get(plan.steps().size() - 1).getMessage();
            throw new UserError(
                    "plan %d of codebook version %s is %s now%s; `sidestream remap list` shows all"
                            .formatted(
                                    plan.plan().getEpoch(),
                                    plan.plan().getCodebookVersion(),
                                    status,
                                    why.isEmpty() ? "" : ": " + why));
        }
    }

    private UserError silent(PlanLife plan, Duration patience) {
        String topic = connection.topics().remaps();
        String time = TimeUtils.formatWithHighestUnit(patience);
        if (plan == null) {
            return new UserError(
                    ("the indexing job has not answered within %s; is it running on %s, with"
                                    + " checkpoints? The request stays in the topic %s: the job"
                                    + " will see to it when it runs")
                            .formatted(time, connection.bootstrap(), topic));
        }
        return new UserError(
                ("plan %d of codebook version %s is %s and nothing has been heard of it for %s;"
                                + " is the indexing job still running, with checkpoints? It goes"
                                + " on with the plan when it runs; `sidestream remap show %d` says"
                                + " how far it is")
                        .formatted(
                                plan.plan().getEpoch(),
                                plan.plan().getCodebookVersion(),
                                plan.status(),
                                time,
                                plan.plan().getEpoch()));
    }

    @Override
    public void close() {
        log.close();
    }
}
