package io.sidestream.local.kafka;

import static io.sidestream.local.kafka.TestingHourglass.AT;
import static io.sidestream.local.kafka.TestingHourglass.plan;
import static io.sidestream.local.kafka.TestingHourglass.status;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.schema.PlanStatus;
import io.sidestream.schema.RemapAction;
import io.sidestream.schema.RemapPlanStatus;
import io.sidestream.schema.RemapRequest;
import java.util.Arrays;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class RemapTableTest {

    private final RemapTable table = new RemapTable();

    @Test
    void tellsEveryPlansLife() {
        apply(plan("v1", 1, AT, 3, 7));
        apply(status("v1", 1, PlanStatus.PLANNED, AT, 0, 0));
        apply(plan("v2", 1, AT));
        apply(status("v1", 1, PlanStatus.APPLYING, AT.plusSeconds(1), 0, 0));
        apply(status("v1", 1, PlanStatus.APPLYING, AT.plusSeconds(2), 40, 0.5));
        apply(status("v1", 1, PlanStatus.APPLYING, AT.plusSeconds(3), 60, 0.75));

        assertThat(table.plans()).hasSize(2);
        PlanLife first = table.plans().get(0);
        assertThat(first).isEqualTo(table.plan("v1", 1).orElseThrow());
        assertThat(first.plan()).isEqualTo(plan("v1", 1, AT, 3, 7));
        assertThat(first.steps()).hasSize(4);
        assertThat(first.status()).isEqualTo(PlanStatus.APPLYING);
        assertThat(first.since()).isEqualTo(AT.plusSeconds(1));
        assertThat(first.itemsMoved()).isEqualTo(60);
        assertThat(first.progress()).isEqualTo(0.75);
        assertThat(first.isInForce()).isTrue();
        PlanLife second = table.plans().get(1);
        assertThat(second.plan().getCodebookVersion()).isEqualTo("v2");
        assertThat(second.status()).isEqualTo(PlanStatus.PLANNED);
        assertThat(second.isPending()).isTrue();
        assertThat(second.itemsMoved()).isZero();
    }

    @Test
    void keepsWhatAPlanHadMovedWhenAnotherTakesItsPlace() {
        apply(plan("v1", 1, AT, 3));
        apply(status("v1", 1, PlanStatus.APPLIED, AT, 60, 1));
        apply(status("v1", 1, PlanStatus.SUPERSEDED, AT.plusSeconds(9), 0, 0));

        PlanLife plan = table.plan("v1", 1).orElseThrow();
        assertThat(plan.isInForce()).isFalse();
        assertThat(plan.itemsMoved()).isEqualTo(60);
        assertThat(plan.progress()).isEqualTo(1);
    }

    @Test
    void findsTheAnswerToARequest() {
        RemapPlanStatus refusal = status("v1", 0, PlanStatus.REJECTED, AT, 0, 0);
        refusal.setRequestId("r1");
        RemapPlanStatus planned = status("v1", 4, PlanStatus.PLANNED, AT, 0, 0);
        planned.setRequestId("r2");

        assertThat(apply(refusal)).isTrue();
        apply(plan("v1", 4, AT));
        apply(planned);

        assertThat(table.answer("r1")).contains(refusal);
        assertThat(table.answer("r2")).contains(planned);
        assertThat(table.answer("r3")).isEmpty();
        assertThat(table.plan("v1", 4).orElseThrow().steps()).containsExactly(planned);
    }

    @Test
    void beginsAnEpochAnewWhenItsPlanComesAgain() {
        apply(plan("v1", 1, AT, 3));
        apply(status("v1", 1, PlanStatus.APPLIED, AT, 60, 1));
        apply(plan("v1", 2, AT, 4));
        apply(plan("v1", 1, AT.plusSeconds(60), 5));

        assertThat(table.plans())
                .extracting(life -> life.plan().getEpoch())
                .containsExactly(2L, 1L);
        assertThat(table.plan("v1", 1).orElseThrow().status()).isEqualTo(PlanStatus.PLANNED);
    }

    @Test
    void passesOverWhatIsNoPlan() {
        RemapRequest request =
                RemapRequest.newBuilder()
                        .setRequestId("r1")
                        .setCodebookVersion("v1")
                        .setAction(RemapAction.APPROVE)
                        .setEpoch(1)
                        .setRequestedAt(AT)
                        .setRequestedBy("ann")
                        .build();
        byte[] plan = TestingHourglass.bytes(plan("v1", 1, AT));

        assertThat(apply(request)).isFalse();
        assertThat(apply(status("v1", 7, PlanStatus.APPLIED, AT, 1, 1))).isFalse();
        assertThat(apply((byte[]) null)).isFalse();
        assertThat(apply("nonsense".getBytes(UTF_8))).isFalse();
        assertThat(apply(Arrays.copyOf(plan, plan.length - 1))).isFalse();
        assertThat(table.plans()).isEmpty();
    }

    private boolean apply(SpecificRecordBase record) {
        return apply(TestingHourglass.bytes(record));
    }

    private boolean apply(byte[] value) {
        return table.apply(new ConsumerRecord<>("sid-remaps", 0, 0, "v1".getBytes(UTF_8), value));
    }
}
