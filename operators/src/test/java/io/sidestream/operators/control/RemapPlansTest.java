package io.sidestream.operators.control;

import static io.sidestream.operators.control.TestingRemaps.plan;
import static io.sidestream.operators.control.TestingRemaps.step;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.schema.PlanStatus;
import io.sidestream.schema.RemapPlan;
import java.io.IOException;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class RemapPlansTest {

    private static final RemapPlan FIRST = plan("v1", 1, 2, 7);
    private static final RemapPlan SECOND = plan("v1", 2, 2, 8);

    @Test
    void knowsOfNoPlanAtFirst() {
        assertThat(RemapPlans.NONE.epoch()).isZero();
        assertThat(RemapPlans.NONE.lastEpoch()).isZero();
        assertThat(RemapPlans.NONE.with(step("v1", 1, PlanStatus.APPLYING)))
                .isEqualTo(RemapPlans.NONE);
    }

    @Test
    void putsThePlanThatWaitsInForceWhenItIsApplied() {
        RemapPlans waiting = RemapPlans.NONE.with(FIRST);
        assertThat(waiting.epoch()).isZero();
        assertThat(waiting.lastEpoch()).isEqualTo(1);

        RemapPlans applying = waiting.with(step("v1", 1, PlanStatus.APPLYING));
        assertThat(applying).isEqualTo(new RemapPlans(FIRST, null));
        assertThat(applying.epoch()).isEqualTo(1);
        assertThat(waiting.with(step("v1", 1, PlanStatus.APPLIED)))
                .as("of a topic that was cut off at its beginning")
                .isEqualTo(applying);
    }

    @ParameterizedTest
    @EnumSource(names = {"PLANNED", "APPROVED"})
    void letsAPlanWait(PlanStatus status) {
        RemapPlans waiting = RemapPlans.NONE.with(FIRST);

        assertThat(waiting.with(step("v1", 1, status))).isEqualTo(waiting);
    }

    @ParameterizedTest
    @EnumSource(names = {"SUPERSEDED", "REJECTED"})
    void dropsAPlanThatWaitsAndKeepsTheOneInForce(PlanStatus status) {
        RemapPlans plans = new RemapPlans(FIRST, SECOND);

        assertThat(plans.with(step("v1", 2, status))).isEqualTo(new RemapPlans(FIRST, null));
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE)
    void changesNothingByAnyStepOfThePlanInForceOrOfAnUnknownOne(PlanStatus status) {
        RemapPlans plans = new RemapPlans(FIRST, SECOND);

        assertThat(plans.with(step("v1", 1, status))).isSameAs(plans);
        assertThat(plans.with(step("v1", 3, status))).isSameAs(plans);
        assertThat(plans.with(step("v1", 0, status))).isSameAs(plans);
    }

    @Test
    void takesALaterPlanInPlaceOfTheOneThatWaitsAndNoEarlierOne() {
        RemapPlans plans = RemapPlans.NONE.with(FIRST).with(SECOND);

        assertThat(plans).isEqualTo(new RemapPlans(null, SECOND));
        assertThat(plans.with(FIRST)).isSameAs(plans);
        assertThat(plans.with(plan("v1", 2, 1, 1))).isSameAs(plans);
        RemapPlans inForce = new RemapPlans(SECOND, null);
        assertThat(inForce.with(FIRST)).isSameAs(inForce);
    }

    @Test
    void goesIntoStateAndBack() throws IOException {
        TypeSerializer<RemapPlans> serializer =
                RemapPlans.TYPE.createSerializer(new SerializerConfigImpl());
        for (RemapPlan inForce : new RemapPlan[] {null, FIRST}) {
            for (RemapPlan waiting : new RemapPlan[] {null, SECOND}) {
                RemapPlans plans = new RemapPlans(inForce, waiting);
                DataOutputSerializer out = new DataOutputSerializer(64);
                serializer.serialize(plans, out);
                DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());

                assertThat(serializer.deserialize(in)).isEqualTo(plans);
                assertThat(in.available()).isZero();
            }
        }
    }
}
