package io.sidestream.local.kafka;

import io.sidestream.schema.MalformedRecordException;
import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.RemapPlanStatus;
import io.sidestream.schema.SingleObjectFormat;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** The remap plans that there are after a series of records of {@code sid-remaps}. */
final class RemapTable {

    private record Id(String version, long epoch) {}

    /** A plan as it goes on. */
    private record Life(RemapPlan plan, List<RemapPlanStatus> steps) {

        PlanLife soFar() {
            return new PlanLife(plan, steps);
        }
    }

    private final SingleObjectFormat<RemapPlan> plans = SingleObjectFormat.of(RemapPlan.class);
    private final SingleObjectFormat<RemapPlanStatus> statuses =
            SingleObjectFormat.of(RemapPlanStatus.class);
    private final Map<Id, Life> lives = new LinkedHashMap<>();
    private final Map<String, RemapPlanStatus> answers = new HashMap<>();

    /**
     * Takes the next record. Requests, and what is no record of this topic, are passed over: the
     * topic is open to people and scripts.
     *
     * @return whether that changed anything
     */
    boolean apply(ConsumerRecord<byte[], byte[]> record) {
        byte[] value = record.value();
        if (value == null) {
            return false;
        }
        try {
            if (plans.recognizes(value)) {
                add(plans.decode(value));
                return true;
            }
            if (statuses.recognizes(value)) {
                return add(statuses.decode(value));
            }
        } catch (MalformedRecordException e) {
            return false;
        }
        return false;
    }

    private void add(RemapPlan plan) {
        Id id = new Id(plan.getCodebookVersion(), plan.getEpoch());
        // An epoch that comes again is that of a job which began anew: its plans come last.
        lives.remove(id);
        lives.put(id, new Life(plan, new ArrayList<>()));
    }

    private boolean add(RemapPlanStatus status) {
        boolean answer = !status.getRequestId().isEmpty();
        if (answer) {
            answers.put(status.getRequestId(), status);
        }
        Life life = lives.get(new Id(status.getCodebookVersion(), status.getEpoch()));
        if (life != null) {
            life.steps().add(status);
        }
        return answer || life != null;
    }

    List<PlanLife> plans() {
        return lives.values().stream().map(Life::soFar).toList();
    }

    Optional<PlanLife> plan(String version, long epoch) {
        return Optional.ofNullable(lives.get(new Id(version, epoch))).map(Life::soFar);
    }

    Optional<RemapPlanStatus> answer(String requestId) {
        return Optional.ofNullable(answers.get(requestId));
    }
}
