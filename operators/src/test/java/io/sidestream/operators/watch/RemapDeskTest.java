package io.sidestream.operators.watch;

import static io.sidestream.operators.control.TestingRemaps.plan;
import static io.sidestream.operators.control.TestingRemaps.request;
import static io.sidestream.operators.control.TestingRemaps.step;
import static io.sidestream.schema.PlanStatus.APPLIED;
import static io.sidestream.schema.PlanStatus.APPLYING;
import static io.sidestream.schema.PlanStatus.PLANNED;
import static io.sidestream.schema.PlanStatus.REJECTED;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.hourglass.Hourglass;
import io.sidestream.hourglass.TokenSkew;
import io.sidestream.operators.combine.Tally.Sweep;
import io.sidestream.operators.watch.RemapOptions.Mode;
import io.sidestream.schema.RemapAction;
import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.RemapPlanStatus;
import io.sidestream.schema.RemapPolicyKind;
import io.sidestream.schema.RemapRequest;
import io.sidestream.sid.Remap;
import io.sidestream.sid.RemapPolicy;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class RemapDeskTest {

    private static final String SKEWED = "gini@2 > 0.6";
    private static final int BUCKETS = 8;
    private static final long COOLDOWN = 60_000;

    /** Tokens 0 and 1 of layer 2 hold 90 of 100 items. */
    private static final long[][] COUNTS = {{50, 50, 0}, {60, 30, 5, 5}, {100}};

    @Test
    void makesThePlanThatARequestDescribesAndLetsItWait() throws Exception {
        Desk desk = new Desk(Mode.PROPOSE);
        desk.read(ask("r1", RemapAction.PROPOSE, 2, RemapPolicyKind.TOP_P, 0.85));
        assertThat(desk.announced()).as("an evaluation answers").isEmpty();
        desk.decide(COUNTS);

        assertThat(desk.announced())
                .containsExactly("plan 1 of layer 2: [0, 1] [r1]", "1 PLANNED [r1]");
        RemapPlan plan = desk.lastPlan();
        assertThat(plan.getPolicy()).isEqualTo(RemapPolicyKind.TOP_P);
        assertThat(plan.getParameter()).isEqualTo(0.85);
        assertThat(plan.getItems()).isEqualTo(100);
        assertThat(plan.getHeadItems()).isEqualTo(90);
        assertThat(plan.getItemsToMove()).isEqualTo(90);
        assertThat(plan.getDecidedBy()).isEqualTo("an operator");
        assertThat(plan.getDecidedAt().toEpochMilli()).isEqualTo(desk.now);
        assertThat(plan.getSkewBefore()).containsEntry("max_share", 0.6).containsKey("gini");

        desk.decide(COUNTS);
        assertThat(desk.announced()).as("it waits").isEmpty();
    }

    @Test
    void appliesAPlanThatWasApproved() throws Exception {
        Desk desk = new Desk(Mode.OFF);
        desk.read(ask("r1", RemapAction.PROPOSE, 2, RemapPolicyKind.TOP_K, 1));
        desk.decide(COUNTS);
        desk.read(about("r2", RemapAction.APPROVE, 1));
        desk.announced();
        desk.decide(COUNTS);

        assertThat(desk.announced())
                .containsExactly("1 APPROVED [r2] by an operator", "1 APPLYING [r2]");
    }

    @Test
    void appliesAtOnceWhatSomebodyAsksToBeAppliedWhateverTheMode() throws Exception {
        for (Mode mode : Mode.values()) {
            Desk desk = new Desk(mode);
            desk.read(ask("r1", RemapAction.APPLY, 3, RemapPolicyKind.DROP_LAYER, 0));
            desk.decide(COUNTS);

            assertThat(desk.announced())
                    .containsExactly(
                            "plan 1 of layer 3: all [r1]", "1 PLANNED [r1]", "1 APPLYING [r1]");
        }
    }

    @Test
    void tellsHowFarASweepHasComeAndThatItIsDone() throws Exception {
        Desk desk = new Desk(Mode.OFF);
        desk.read(ask("r1", RemapAction.APPLY, 2, RemapPolicyKind.TOP_K, 1));
        desk.decide(COUNTS);
        desk.announced();

        desk.sweep(1, 2, 20);
        assertThat(desk.announced()).isEmpty();
        desk.decide(COUNTS);
        assertThat(desk.announced()).containsExactly("1 APPLYING 20 moved 0.25");
        desk.sweep(1, 5, 30);
        desk.sweep(1, 1, 10);
        assertThat(desk.announced()).containsExactly("1 APPLIED 60 moved 1.00");
        desk.decide(COUNTS);
        assertThat(desk.announced()).isEmpty();
    }

    @Test
    void dropsAPlanThatWasRejected() throws Exception {
        Desk desk = new Desk(Mode.OFF);
        desk.read(ask("r1", RemapAction.PROPOSE, 2, RemapPolicyKind.TOP_K, 1));
        desk.decide(COUNTS);
        desk.announced();
        desk.read(about("r2", RemapAction.REJECT, 1));
        desk.read(about("r3", RemapAction.APPROVE, 1));
        desk.decide(COUNTS);

        assertThat(desk.announced())
                .containsExactly(
                        "1 REJECTED [r2] by an operator",
                        "0 REJECTED [r3] no plan waits for approval");
    }

    @Test
    void refusesWhatCannotBeDoneAndSaysWhy() throws Exception {
        Desk desk = new Desk(Mode.OFF);
        desk.read(ask("r1", RemapAction.PROPOSE, 4, RemapPolicyKind.TOP_K, 1));
        desk.read(ask("r2", RemapAction.PROPOSE, 0, RemapPolicyKind.TOP_K, 1));
        desk.read(about("r3", RemapAction.APPROVE, 1));
        desk.decide(COUNTS);

        assertThat(desk.announced())
                .containsExactly(
                        "0 REJECTED [r1] there is no layer 4: the codebook has 3",
                        "0 REJECTED [r2] there is no layer 0: the codebook has 3",
                        "0 REJECTED [r3] no plan waits for approval");
        assertThat(desk.ledger.lastEpoch()).isZero();
    }

    @Test
    void saysWhichPlanWaitsIfItIsAnother() throws Exception {
        Desk desk = new Desk(Mode.OFF);
        desk.read(ask("r1", RemapAction.PROPOSE, 2, RemapPolicyKind.TOP_K, 1));
        desk.decide(COUNTS);
        desk.announced();
        desk.read(about("r2", RemapAction.APPROVE, 7));
        desk.decide(COUNTS);

        assertThat(desk.announced())
                .containsExactly(
                        "0 REJECTED [r2] plan 7 does not wait for approval, but plan 1 does");
    }

    @Test
    void replacesThePlanThatWaitsAndTheOneInForce() throws Exception {
        Desk desk = new Desk(Mode.OFF);
        desk.read(ask("r1", RemapAction.PROPOSE, 2, RemapPolicyKind.TOP_K, 1));
        desk.read(ask("r2", RemapAction.APPLY, 2, RemapPolicyKind.TOP_K, 2));
        desk.read(ask("r3", RemapAction.APPLY, 2, RemapPolicyKind.NONE, 0));
        desk.decide(COUNTS);

        assertThat(desk.announced())
                .containsExactly(
                        "plan 1 of layer 2: [0] [r1]",
                        "1 PLANNED [r1]",
                        "1 SUPERSEDED",
                        "plan 2 of layer 2: [0, 1] [r2]",
                        "2 PLANNED [r2]",
                        "2 APPLYING [r2]",
                        "plan 3 of layer 2: [] [r3]",
                        "3 PLANNED [r3]",
                        "2 SUPERSEDED",
                        "3 APPLYING [r3]");
        assertThat(desk.lastPlan().getItemsToMove()).isEqualTo(90);
        desk.sweep(2, BUCKETS, 90);
        assertThat(desk.announced()).as("nobody waits for that one").isEmpty();
        desk.sweep(3, BUCKETS, 90);
        assertThat(desk.announced()).containsExactly("3 APPLIED 90 moved 1.00");
    }

    @Test
    void appliesAPlanThatAnAlertCallsForInModeAuto() throws Exception {
        Desk desk = new Desk(Mode.AUTO);
        desk.decide(COUNTS, SKEWED);

        assertThat(desk.announced())
                .containsExactly("plan 1 of layer 2: [0, 1]", "1 PLANNED", "1 APPLYING");
        assertThat(desk.lastPlan().getDecidedBy()).isEqualTo(SKEWED);
    }

    @Test
    void proposesAPlanThatAnAlertCallsForOnceInModePropose() throws Exception {
        Desk desk = new Desk(Mode.PROPOSE);
        desk.decide(COUNTS, SKEWED);
        desk.pass(COOLDOWN);
        desk.decide(COUNTS, SKEWED);
        desk.pass(COOLDOWN);
        desk.decide(COUNTS, SKEWED);

        assertThat(desk.announced()).containsExactly("plan 1 of layer 2: [0, 1]", "1 PLANNED");
    }

    @Test
    void appliesInModeAutoWhatWasOnlyProposedBefore() throws Exception {
        Desk proposing = new Desk(Mode.PROPOSE);
        proposing.decide(COUNTS, SKEWED);
        Desk auto = new Desk(Mode.AUTO);
        auto.ledger = proposing.ledger;
        auto.pass(COOLDOWN);
        auto.decide(COUNTS, SKEWED);

        assertThat(auto.ledger.plans().epoch()).isPositive();
        assertThat(auto.ledger.plans().waiting()).isNull();
    }

    @Test
    void makesNoPlanByItselfInModeOffOrWithoutAnAlertOrItems() throws Exception {
        Desk off = new Desk(Mode.OFF);
        off.decide(COUNTS, SKEWED);
        assertThat(off.announced()).isEmpty();

        Desk auto = new Desk(Mode.AUTO);
        auto.decide(COUNTS);
        auto.decide(new long[][] {{0}, {0, 0}}, SKEWED);
        auto.decide(new long[][] {{50, 50}}, SKEWED); // there is no layer 2
        assertThat(auto.announced()).isEmpty();
    }

    @Test
    void replacesAPlanWhoseHeadHasDriftedByMoreThanIsToleratedAfterTheCooldown() throws Exception {
        Desk desk = new Desk(Mode.AUTO).applied();
        desk.pass(COOLDOWN);
        desk.decide(new long[][] {{100}, {60, 30, 5, 5}}, SKEWED);
        desk.decide(new long[][] {{100}, {65, 20, 10, 5}}, SKEWED);
        assertThat(desk.announced()).as("the head is the same").isEmpty();

        long[][] drifted = {{100}, {65, 10, 5, 20}}; // the head is 0 and 3: 30 items would move
        desk.decide(drifted, SKEWED);
        assertThat(desk.announced())
                .containsExactly(
                        "plan 2 of layer 2: [0, 3]",
                        "2 PLANNED",
                        "1 SUPERSEDED 90 moved 1.00",
                        "2 APPLYING");
        assertThat(desk.lastPlan().getItemsToMove()).isEqualTo(30);
    }

    @Test
    void doesNotReplaceAPlanForLessThanIsToleratedNorDuringTheCooldownOrASweep() throws Exception {
        long[][] drifted = {{100}, {65, 10, 5, 20}};
        Desk cooling = new Desk(Mode.AUTO).applied();
        cooling.pass(COOLDOWN - 1);
        cooling.decide(drifted, SKEWED);
        assertThat(cooling.announced()).as("cooldown").isEmpty();

        Desk tolerant = new Desk(Mode.AUTO, 0.3, 1).applied();
        tolerant.pass(COOLDOWN);
        tolerant.decide(drifted, SKEWED);
        assertThat(tolerant.announced()).as("30 of 100 items are tolerated").isEmpty();

        Desk sweeping = new Desk(Mode.AUTO);
        sweeping.decide(COUNTS, SKEWED);
        sweeping.announced();
        sweeping.pass(COOLDOWN);
        sweeping.decide(drifted, SKEWED);
        assertThat(sweeping.announced()).as("sweep").containsExactly("1 APPLYING");
    }

    @Test
    void holdsAReplacementBackThatMovesMoreThanTheChurnBudgetOnce() throws Exception {
        Desk desk = new Desk(Mode.AUTO).applied();
        desk.pass(COOLDOWN);
        long[][] turned = {{100}, {5, 5, 60, 30}};
        desk.decide(turned, SKEWED);

        assertThat(desk.announced())
                .containsExactly(
                        "plan 2 of layer 2: [2, 3]",
                        "2 PLANNED held back: it would move 100.0% of the items, and the churn"
                                + " budget is 50.0%");
        desk.pass(COOLDOWN);
        desk.decide(turned, SKEWED);
        assertThat(desk.announced()).isEmpty();

        desk.read(about("r", RemapAction.APPROVE, 2));
        desk.decide(turned, SKEWED);
        assertThat(desk.announced())
                .containsExactly(
                        "2 APPROVED [r] by an operator",
                        "1 SUPERSEDED 90 moved 1.00",
                        "2 APPLYING [r]");
    }

    @Test
    void appliesTheFirstPlanHoweverManyItMoves() throws Exception {
        Desk desk = new Desk(Mode.AUTO, 0.05, 0);
        desk.decide(COUNTS, SKEWED);

        assertThat(desk.announced()).contains("1 APPLYING");
    }

    @Test
    void restoresFullLengthWhenNoAlertCallsForThePlanAnyMore() throws Exception {
        Desk desk = new Desk(Mode.AUTO, 0.05, 1).applied();
        desk.pass(COOLDOWN);
        desk.decide(COUNTS);

        assertThat(desk.announced())
                .containsExactly(
                        "plan 2 of layer 2: []",
                        "2 PLANNED",
                        "1 SUPERSEDED 90 moved 1.00",
                        "2 APPLYING");
        assertThat(desk.lastPlan().getPolicy()).isEqualTo(RemapPolicyKind.NONE);
        assertThat(desk.lastPlan().getDecidedBy()).isEqualTo("no alert is open any more");
        desk.sweep(2, BUCKETS, 90);
        desk.announced();
        desk.pass(COOLDOWN);
        desk.decide(COUNTS);
        assertThat(desk.announced()).as("there is nothing to undo").isEmpty();
    }

    @Test
    void doesNotUndoWhatAPersonAskedFor() throws Exception {
        Desk desk = new Desk(Mode.AUTO, 0.05, 1);
        desk.read(ask("r", RemapAction.APPLY, 2, RemapPolicyKind.TOP_K, 1));
        desk.decide(COUNTS);
        desk.sweep(1, BUCKETS, 60);
        desk.announced();
        desk.pass(COOLDOWN);
        desk.decide(COUNTS);

        assertThat(desk.announced()).isEmpty();
    }

    @Test
    void doesNotProposeAgainWhatWasRejectedUntilTheAlertIsOver() throws Exception {
        Desk desk = new Desk(Mode.PROPOSE);
        desk.decide(COUNTS, SKEWED);
        desk.read(about("r", RemapAction.REJECT, 1));
        desk.decide(COUNTS, SKEWED);
        desk.announced();
        desk.pass(COOLDOWN);
        desk.decide(COUNTS, SKEWED);
        assertThat(desk.announced()).as("a person has said no").isEmpty();

        desk.decide(COUNTS);
        desk.decide(COUNTS, SKEWED);
        assertThat(desk.announced()).containsExactly("plan 2 of layer 2: [0, 1]", "2 PLANNED");
    }

    @Test
    void changesNothingByTheEchoOfWhatItAnnounced() throws Exception {
        Desk desk = new Desk(Mode.AUTO);
        desk.decide(COUNTS, SKEWED);
        desk.sweep(1, 3, 40);
        RemapLedger before = desk.ledger;
        desk.echo();
        assertThat(desk.ledger).isEqualTo(before);

        desk.sweep(1, 5, 50);
        desk.read(ask("r", RemapAction.PROPOSE, 2, RemapPolicyKind.TOP_K, 3));
        desk.decide(COUNTS, SKEWED);
        before = desk.ledger;
        desk.echo(); // the first plan's echo once more, and the second's
        assertThat(desk.ledger).isEqualTo(before);
        assertThat(before.plans().epoch()).isEqualTo(1);
        assertThat(before.plans().lastEpoch()).isEqualTo(2);
    }

    @Test
    void followsAPlanThatIsNotFromHere() throws Exception {
        Desk desk = new Desk(Mode.OFF);
        desk.sweep(6, 3, 10); // the index may have read it sooner
        desk.read(plan("v1", 6, 2, 0));
        desk.read(step("v1", 6, APPLYING));
        desk.sweep(6, 5, 50);
        assertThat(desk.announced()).containsExactly("6 APPLIED 60 moved 1.00");

        desk.read(ask("r", RemapAction.PROPOSE, 2, RemapPolicyKind.TOP_K, 2));
        desk.decide(COUNTS);
        assertThat(desk.announced()).contains("7 PLANNED [r]");
        assertThat(desk.lastPlan().getItemsToMove()).isEqualTo(30);
    }

    @Test
    void knowsTheSamePlansAndAnswersNothingTwiceWhenItReadsTheWholeTopicAnew() throws Exception {
        Desk first = new Desk(Mode.PROPOSE);
        first.ask(ask("r1", RemapAction.APPLY, 2, RemapPolicyKind.TOP_K, 1));
        first.decide(COUNTS);
        first.sweep(1, BUCKETS, 60);
        first.ask(ask("r2", RemapAction.PROPOSE, 9, RemapPolicyKind.TOP_K, 1));
        first.ask(ask("r3", RemapAction.PROPOSE, 2, RemapPolicyKind.TOP_K, 2));
        first.decide(COUNTS);
        first.ask(about("r4", RemapAction.APPROVE, 2));
        first.ask(about("r5", RemapAction.APPROVE, 2));
        first.decide(COUNTS);
        first.sweep(2, BUCKETS, 30);
        first.ask(ask("r6", RemapAction.PROPOSE, 2, RemapPolicyKind.TOP_K, 3));
        first.decide(COUNTS);

        Desk second = new Desk(Mode.PROPOSE);
        for (SpecificRecordBase record : first.topic) {
            second.read(record);
        }
        assertThat(second.ledger.plans()).isEqualTo(first.ledger.plans());
        assertThat(second.ledger.lastEpoch()).isEqualTo(first.ledger.lastEpoch()).isEqualTo(3);
        assertThat(second.ledger.applied()).isTrue();
        second.decide(COUNTS);
        second.sweep(2, BUCKETS, 0); // the index sweeps what it has
        assertThat(second.announced()).isEmpty();
    }

    @Test
    void knowsWhatWasRejectedWhenItReadsTheWholeTopicAnew() throws Exception {
        Desk first = new Desk(Mode.PROPOSE);
        first.decide(COUNTS, SKEWED);
        first.ask(about("r", RemapAction.REJECT, 1));
        first.decide(COUNTS, SKEWED);

        Desk second = new Desk(Mode.PROPOSE);
        for (SpecificRecordBase record : first.topic) {
            second.read(record);
        }
        second.pass(COOLDOWN);
        second.decide(COUNTS, SKEWED);
        assertThat(second.announced()).isEmpty();
    }

    @Test
    void goesOnWithAHalfSweptPlanThatItReadsAnew() throws Exception {
        Desk desk = new Desk(Mode.OFF);
        desk.read(plan("v1", 1, 2, 0));
        desk.read(step("v1", 1, PLANNED));
        desk.read(step("v1", 1, APPLYING));
        desk.decide(COUNTS);
        assertThat(desk.announced()).containsExactly("1 APPLYING");
        desk.sweep(1, BUCKETS, 60);
        assertThat(desk.announced()).containsExactly("1 APPLIED 60 moved 1.00");
        desk.read(step("v1", 1, APPLIED));
        desk.read(step("v1", 1, REJECTED));
        assertThat(desk.ledger.plans().epoch()).isEqualTo(1);
        assertThat(desk.announced()).isEmpty();
    }

    @Test
    void decidesNothingMoreWhenItsVersionRetiresButSeesTheSweepThrough() throws Exception {
        Desk desk = new Desk(Mode.OFF);
        desk.read(ask("r1", RemapAction.APPLY, 2, RemapPolicyKind.TOP_K, 1));
        desk.read(ask("r2", RemapAction.PROPOSE, 2, RemapPolicyKind.TOP_K, 2));
        desk.decide(COUNTS);
        desk.read(about("r3", RemapAction.APPROVE, 2));
        desk.sweep(1, 4, 20);
        desk.announced();
        desk.retire();

        assertThat(desk.announced())
                .containsExactly(
                        "2 REJECTED the codebook version is retired",
                        "0 REJECTED [r3] the codebook version is not live");
        desk.retire();
        assertThat(desk.announced()).isEmpty();
        desk.sweep(1, 4, 20);
        assertThat(desk.announced()).containsExactly("1 APPLIED 40 moved 1.00");
    }

    private static RemapRequest ask(
            String id, RemapAction action, int layer, RemapPolicyKind policy, double parameter) {
        return request("v1", id, action)
                .setLayer(layer)
                .setPolicy(policy)
                .setParameter(parameter)
                .build();
    }

    private static RemapRequest about(String id, RemapAction action, long epoch) {
        return request("v1", id, action).setEpoch(epoch).build();
    }

    /** A ledger that passes through its serializer at every step, and what was announced. */
    private static final class Desk {

        private final TypeSerializer<RemapLedger> serializer =
                RemapLedger.TYPE.createSerializer(new SerializerConfigImpl());
        private final RemapOptions options;
        private final List<SpecificRecordBase> topic = new ArrayList<>();
        private RemapLedger ledger = RemapLedger.NONE;
        private int shown;
        private long now = 1_700_000_000_000L;

        Desk(Mode mode) {
            this(mode, 0.05, 0.5);
        }

        Desk(Mode mode, double replanAbove, double churnBudget) {
            options =
                    new RemapOptions(
                            mode,
                            RemapPolicy.parse("top-p=0.85"),
                            2,
                            replanAbove,
                            churnBudget,
                            Duration.ofMillis(COOLDOWN));
        }

        private RemapDesk desk() {
            return new RemapDesk("v1", options, BUCKETS, ledger, now, topic::add);
        }

        private void keep(RemapDesk desk) throws IOException {
            DataOutputSerializer out = new DataOutputSerializer(64);
            serializer.serialize(desk.ledger(), out);
            DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
            ledger = serializer.deserialize(in);
            assertThat(in.available()).isZero();
            assertThat(ledger).isEqualTo(desk.ledger());
        }

        /** A plan was decided by an alert and has reached all. */
        Desk applied() throws Exception {
            decide(COUNTS, SKEWED);
            sweep(1, BUCKETS, 90);
            announced();
            return this;
        }

        void read(SpecificRecordBase record) throws IOException {
            RemapDesk desk = desk();
            desk.read(record);
            keep(desk);
        }

        /** As {@link #read}, of a request that others can read as well. */
        void ask(RemapRequest request) throws IOException {
            topic.add(request);
            read(request);
        }

        void echo() throws IOException {
            for (SpecificRecordBase record : List.copyOf(topic)) {
                read(record);
            }
        }

        void sweep(long epoch, long buckets, long moved) throws IOException {
            RemapDesk desk = desk();
            desk.sweep(new Sweep(epoch, buckets, moved));
            keep(desk);
        }

        void decide(long[][] counts, String... triggers) throws IOException {
            RemapDesk desk = desk();
            long items = Arrays.stream(counts[0]).sum();
            List<Hourglass.Layer> layers =
                    Arrays.stream(counts)
                            .map(of -> new Hourglass.Layer(TokenSkew.of(of), null, null))
                            .toList();
            desk.decide(new Hourglass(items, layers, null), counts, List.of(triggers));
            keep(desk);
        }

        void retire() throws IOException {
            RemapDesk desk = desk();
            desk.retire();
            keep(desk);
        }

        void pass(long millis) {
            now += millis;
        }

        RemapPlan lastPlan() {
            List<RemapPlan> plans = new ArrayList<>();
            topic.forEach(
                    record -> {
                        if (record instanceof RemapPlan plan) {
                            plans.add(plan);
                        }
                    });
            return plans.get(plans.size() - 1);
        }

        /** What has been announced since it was asked for last. */
        List<String> announced() {
            List<String> texts = new ArrayList<>();
            for (SpecificRecordBase record : topic.subList(shown, topic.size())) {
                assertThat(record.get("codebook_version")).hasToString("v1");
                texts.add(text(record));
            }
            shown = topic.size();
            return texts;
        }

        private static String text(SpecificRecordBase record) {
            StringBuilder text = new StringBuilder();
            if (record instanceof RemapPlan plan) {
                text.append("plan ").append(plan.getEpoch());
                text.append(" of layer ").append(plan.getLayer());
                text.append(": ")
                        .append(
                                Remap.of(plan).isWholeLayer()
                                        ? "all"
                                        : Arrays.toString(Remap.of(plan).headTokens()));
            } else if (record instanceof RemapPlanStatus step) {
                text.append(step.getEpoch()).append(' ').append(step.getStatus());
                if (step.getProgress() > 0) {
                    text.append(
                            " %d moved %.2f".formatted(step.getItemsMoved(), step.getProgress()));
                }
            }
            String request = record.get("request_id").toString();
            text.append(request.isEmpty() ? "" : " [" + request + "]");
            if (record instanceof RemapPlanStatus step && !step.getMessage().isEmpty()) {
                text.append(' ').append(step.getMessage());
            }
            return text.toString();
        }
    }
}
