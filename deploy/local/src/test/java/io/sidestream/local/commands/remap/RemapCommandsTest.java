package io.sidestream.local.commands.remap;

import static io.sidestream.local.kafka.TestingHourglass.AT;
import static io.sidestream.local.kafka.TestingHourglass.plan;
import static io.sidestream.local.kafka.TestingHourglass.send;
import static io.sidestream.local.kafka.TestingHourglass.status;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sidestream.local.Sidestream;
import io.sidestream.local.console.TestingConsole;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.TestingJob;
import io.sidestream.local.kafka.TestingKafka;
import io.sidestream.local.kafka.TestingUpdates;
import io.sidestream.local.kafka.TopicAdmin;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.PlanStatus;
import io.sidestream.schema.RemapAction;
import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.RemapPlanStatus;
import io.sidestream.schema.RemapPolicyKind;
import io.sidestream.schema.RemapRequest;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.SingleObjectFormat;
import io.sidestream.schema.UpdateReason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The commands as a user would give them, on a real broker, with a job that is made up. */
@ExtendWith(TestingKafka.class)
class RemapCommandsTest {

    private final List<RemapRequest> heard = new CopyOnWriteArrayList<>();
    private Connection connection;
    private TestingConsole console;

    @BeforeEach
    void createTopics(Connection given) throws Exception {
        connection = given;
        try (TopicAdmin admin = TopicAdmin.connect(connection)) {
            admin.create(connection.topics().fixed(), 1, TopicAdmin.BROKERS_REPLICATION);
        }
        publish("v1", CodebookStatus.ACTIVE, 8, 4, 8);
    }

    @Test
    void proposesAPlanThatWaits() throws Exception {
        try (TestingJob job = job()) {
            assertThat(run("remap propose --policy token-fraction=0.25")).isZero();
        }

        RemapRequest request = heard.get(0);
        assertThat(request.getAction()).isEqualTo(RemapAction.PROPOSE);
        assertThat(request.getCodebookVersion()).isEqualTo("v1");
        assertThat(request.getLayer()).isEqualTo(2);
        assertThat(request.getPolicy()).isEqualTo(RemapPolicyKind.TOKEN_FRACTION);
        assertThat(request.getParameter()).isEqualTo(0.25);
        assertThat(request.getRequestedBy()).isEqualTo(System.getProperty("user.name"));
        assertThat(console.err())
                .contains("plan 1 of codebook version v1: token-fraction=0.25 on layer 2")
                .contains("2 head tokens with 860 of 1,000 items, 850 to move");
        assertThat(console.out()).contains("PLANNED and waits", "remap approve 1 --version v1");
    }

    @Test
    void appliesAPlanAndShowsItsSweep() throws Exception {
        try (TestingJob job = job()) {
            assertThat(run("remap apply --policy top-k=3 --layer 1 --version v1")).isZero();
        }

        RemapRequest request = heard.get(0);
        assertThat(request.getAction()).isEqualTo(RemapAction.APPLY);
        assertThat(request.getLayer()).isEqualTo(1);
        assertThat(request.getParameter()).isEqualTo(3);
        assertThat(console.err()).contains("remap: 840 items in");
        assertThat(console.out())
                .isEqualTo("plan 1 of codebook version v1 is APPLIED: 840 items moved\n");
    }

    @Test
    void approvesAndRejectsPlansThatWait() throws Exception {
        record(plan("v1", 4, AT, 2), status("v1", 4, PlanStatus.PLANNED, AT, 0, 0));
        record(plan("v1", 5, AT, 3), status("v1", 5, PlanStatus.PLANNED, AT, 0, 0));
        try (TestingJob job = job()) {
            assertThat(run("remap reject 5")).isZero();
            assertThat(console.out()).isEqualTo("plan 5 of codebook version v1 is REJECTED\n");
            assertThat(run("remap approve 4 --json")).isZero();
            assertThat(json().at("/status").textValue()).isEqualTo("APPLIED");
            assertThat(json().at("/items_moved").longValue()).isEqualTo(840);
        }

        assertThat(heard)
                .extracting(RemapRequest::getAction, RemapRequest::getEpoch)
                .containsExactly(tuple(RemapAction.REJECT, 5L), tuple(RemapAction.APPROVE, 4L));
    }

    @Test
    void passesOnWhyTheJobRefuses() throws Exception {
        try (TestingJob job =
                TestingJob.start(
                        connection,
                        request -> List.of(refusal(request, "codebook version v1 has no items")))) {
            assertThat(run("remap apply --policy drop-layer")).isEqualTo(1);
        }

        assertThat(console.err())
                .contains("error: the indexing job refuses: codebook version v1 has no items");
    }

    @Test
    void saysWhenAnotherPlanTakesThePlace() throws Exception {
        try (TestingJob job =
                TestingJob.start(
                        connection,
                        request ->
                                List.of(
                                        answer(request, plan("v1", 7, AT, 1)),
                                        answer(request, step(PlanStatus.APPLYING, 7)),
                                        step(PlanStatus.SUPERSEDED, 7)))) {
            assertThat(run("remap apply --policy top-k=1")).isEqualTo(1);
        }

        assertThat(console.err()).contains("plan 7 of codebook version v1 is SUPERSEDED now");
    }

    @Test
    void givesUpOnAJobThatDoesNotAnswer() throws Exception {
        assertThat(run("remap propose --policy top-k=1 --timeout=500ms")).isEqualTo(1);
        assertThat(console.err())
                .contains("has not answered within 500 ms; is it running")
                .contains("stays in the topic " + connection.topics().remaps());
    }

    @Test
    void givesUpOnASweepThatStandsStill() throws Exception {
        try (TestingJob job =
                TestingJob.start(
                        connection,
                        request ->
                                List.of(
                                        answer(request, plan("v1", 1, AT, 1)),
                                        answer(request, step(PlanStatus.APPLYING, 1))))) {
            assertThat(run("remap apply --policy top-k=1 --timeout=500ms")).isEqualTo(1);
        }

        assertThat(console.err())
                .contains("plan 1 of codebook version v1 is APPLYING and nothing has been heard");
    }

    @Test
    void canLeaveTheJobAloneWithARequest() throws Exception {
        assertThat(run("remap apply --policy none --no-wait")).isZero();
        assertThat(console.err()).contains("is sent", "remap list");
        assertThat(run("remap apply --policy none --no-wait --json")).isZero();
        assertThat(json().at("/request_id").textValue()).hasSize(36);
    }

    @Test
    void refusesWhatMakesNoSenseWithoutAskingTheJob() throws Exception {
        publish("old", CodebookStatus.RETIRED, 8, 4);
        record(plan("v1", 1, AT, 2), status("v1", 1, PlanStatus.APPLIED, AT, 5, 1));

        requireRefused(2, "propose --policy top-q=1", "no such policy; write top-p=0.85");
        requireRefused(2, "apply --policy top-p=2", "p must be from 0 to 1, not 2.0");
        requireRefused(2, "apply", "--policy");
        requireRefused(2, "approve", "EPOCH");
        requireRefused(
                1,
                "apply --policy none --layer 4",
                "--layer is 4, but codebook version v1 has the layers 1 to 3");
        requireRefused(1, "apply --policy none --layer 0", "--layer is 0");
        requireRefused(1, "apply --policy none --version v9", "no codebook version v9", "old, v1");
        requireRefused(
                1, "apply --policy none --version old", "codebook version old has been retired");
        requireRefused(1, "approve 9", "there is no remap plan 9 of codebook version v1");
        requireRefused(
                1, "reject 1", "does not wait for a decision: it is APPLIED since 2026-01-02");
        requireRefused(1, "show 9", "there is no remap plan 9 of codebook version v1");
        requireRefused(1, "show --version v9", "no remap plan of codebook version v9");
    }

    private void requireRefused(int exitCode, String line, String... messages) {
        assertThat(run("remap " + line)).as(line).isEqualTo(exitCode);
        assertThat(console.err()).contains(messages);
        assertThat(console.out()).isEmpty();
    }

    @Test
    void wantsToBeToldWhichVersionIfNoneIsActive() throws Exception {
        publish("v1", CodebookStatus.READY, 8, 4, 8);

        assertThat(run("remap propose --policy none")).isEqualTo(1);
        assertThat(console.err()).contains("no codebook version is active", "--version");
    }

    @Test
    void listsAndShowsPlans() throws Exception {
        assertThat(run("remap list")).isZero();
        assertThat(console.err()).contains("no remap plan has been made", "--dry-run");
        record(
                plan("v1", 1, AT, 2, 3),
                status("v1", 1, PlanStatus.PLANNED, AT, 0, 0),
                status("v1", 1, PlanStatus.APPLYING, AT.plusSeconds(1), 0, 0),
                status("v1", 1, PlanStatus.APPLYING, AT.plusSeconds(2), 210, 0.25),
                status("v1", 1, PlanStatus.APPLYING, AT.plusSeconds(3), 430, 0.5),
                status("v1", 1, PlanStatus.APPLIED, AT.plusSeconds(4), 840, 1),
                plan("v2", 1, AT),
                status("v2", 1, PlanStatus.APPLYING, AT, 7, 0.999));

        assertThat(run("remap list")).isZero();
        assertThat(console.out())
                .containsPattern(
                        "v1 +1 +APPLIED +2026-01-02T03:04:09Z +top-p=0.85 +2 +2 +840 +alert")
                .containsPattern("v2 +1 +APPLYING 99%");
        assertThat(run("remap list --version v2")).isZero();
        assertThat(console.out()).contains("v2").doesNotContain("v1");

        assertThat(run("remap show")).isZero();
        assertThat(console.out())
                .containsPattern("head tokens +2\n +2, 3\n")
                .containsPattern("items on head tokens +860 \\(86.0%\\)")
                .containsPattern("entropy_ratio +0.500000\ngini +0.750000")
                .containsPattern("03:04:06Z +APPLYING +0% +0\n.*03:04:08Z +APPLYING +50% +430\n")
                .doesNotContain("210");
        assertThat(run("remap show 1 --version v2")).isZero();
        assertThat(run("remap show --json")).isZero();
        assertThat(json().at("/head_tokens/1").intValue()).isEqualTo(3);
        assertThat(json().at("/skew_before/gini").doubleValue()).isEqualTo(0.75);
        assertThat(json().at("/steps")).hasSize(5);
    }

    /** Of ten items, six share one token of layer 2 and three another: nine are 0.85 of them. */
    @Test
    void saysWhatAPlanWouldDo() throws Exception {
        int[] layer2 = {3, 3, 3, 3, 3, 3, 0, 0, 0, 1};
        List<SidUpdate> updates = new ArrayList<>();
        for (int i = 0; i < layer2.length; i++) {
            updates.add(TestingUpdates.of("i" + i, "v1", UpdateReason.NEW, 0, 1, layer2[i], i % 4));
        }
        publishUpdates(updates);

        assertThat(run("remap apply --policy top-p=0.85 --dry-run --json")).isZero();
        assertThat(console.err()).contains("read: 10 records");
        JsonNode run = json();
        assertThat(run.at("/head_tokens").toString()).isEqualTo("[0,3]");
        assertThat(run.at("/head_items").intValue()).isEqualTo(9);
        assertThat(run.at("/items_to_move").intValue()).isEqualTo(9);
        assertThat(run.at("/epoch_in_force").intValue()).isZero();
        assertThat(run.at("/before/distinct_paths").intValue()).isEqualTo(8);
        assertThat(run.at("/before/largest_path").intValue()).isEqualTo(2);
        assertThat(run.at("/after/distinct_paths").intValue()).isEqualTo(5);
        assertThat(run.at("/after/collision_rate").doubleValue()).isEqualTo(0.5);
        assertThat(run.at("/after/singleton_rate").doubleValue()).isEqualTo(0.1);
        assertThat(run.at("/after/largest_path").intValue()).isEqualTo(3);
        assertThat(run.at("/after/items_by_length/2").intValue()).isEqualTo(9);
        assertThat(run.at("/after/layers/1/items").intValue()).isEqualTo(1);
        assertThat(run.at("/before/layers/1/max_share").doubleValue()).isEqualTo(0.6);

        record(plan("v1", 2, AT, 3), status("v1", 2, PlanStatus.APPLYING, AT, 1, 0.1));
        updates.replaceAll(
                update ->
                        update.getCodes().get(1) == 3
                                ? TestingUpdates.dropping(2, update)
                                : update);
        publishUpdates(updates);
        assertThat(run("remap propose --policy top-p=0.85 --dry-run")).isZero();
        assertThat(console.out())
                .containsPattern("in force now +plan 2: top-p=0.85 on layer 2, 1 head token\n")
                .containsPattern("head tokens +2 of 4\n +0, 3\n")
                .containsPattern("items to move +3 \\(30.0%\\)")
                .containsPattern("SIDs of 2 tokens +60.0% +90.0%")
                .containsPattern("distinct paths +8 +5");
        assertThat(console.err()).contains("nothing was sent");
        try (TestingJob job = job()) {
            assertThat(run("remap propose --policy none")).isZero();
        }
        assertThat(heard).as("a dry run asks nobody").hasSize(1);
    }

    /** Makes every plan that is asked for, the first with epoch 1, and applies at once. */
    private TestingJob job() {
        return TestingJob.start(
                connection,
                request -> {
                    heard.add(request);
                    return switch (request.getAction()) {
                        case PROPOSE ->
                                List.of(
                                        planned(request),
                                        answer(request, step(PlanStatus.PLANNED, 1)));
                        case APPLY ->
                                List.of(
                                        planned(request),
                                        answer(request, step(PlanStatus.PLANNED, 1)),
                                        answer(request, step(PlanStatus.APPLYING, 1)),
                                        status("v1", 1, PlanStatus.APPLYING, AT, 400, 0.5),
                                        status("v1", 1, PlanStatus.APPLIED, AT, 840, 1));
                        case APPROVE ->
                                List.of(
                                        answer(
                                                request,
                                                step(PlanStatus.APPLYING, request.getEpoch())),
                                        status(
                                                "v1",
                                                request.getEpoch(),
                                                PlanStatus.APPLIED,
                                                AT,
                                                840,
                                                1));
                        case REJECT ->
                                List.of(
                                        answer(
                                                request,
                                                step(PlanStatus.REJECTED, request.getEpoch())));
                    };
                });
    }

    private static RemapPlan planned(RemapRequest request) {
        RemapPlan plan = answer(request, plan(request.getCodebookVersion(), 1, AT, 2, 3));
        plan.setLayer(request.getLayer());
        plan.setPolicy(request.getPolicy());
        plan.setParameter(request.getParameter());
        return plan;
    }

    private static RemapPlan answer(RemapRequest request, RemapPlan plan) {
        plan.setRequestId(request.getRequestId());
        return plan;
    }

    private static RemapPlanStatus answer(RemapRequest request, RemapPlanStatus status) {
        status.setRequestId(request.getRequestId());
        return status;
    }

    private static RemapPlanStatus refusal(RemapRequest request, String message) {
        RemapPlanStatus refusal = answer(request, step(PlanStatus.REJECTED, 0));
        refusal.setMessage(message);
        return refusal;
    }

    private static RemapPlanStatus step(PlanStatus status, long epoch) {
        return status("v1", epoch, status, AT, 0, 0);
    }

    private void record(SpecificRecordBase... records) throws Exception {
        send(connection, connection.topics().remaps(), "v1", records);
    }

    private void publish(String version, CodebookStatus status, Integer... layerSizes)
            throws Exception {
        send(
                connection,
                connection.topics().codebooks(),
                version,
                CodebookManifest.newBuilder()
                        .setVersion(version)
                        .setUri("file:///nowhere")
                        .setSha256("0".repeat(64))
                        .setDimension(2)
                        .setLayerSizes(List.of(layerSizes))
                        .setNormalize(false)
                        .setStatus(status)
                        .setPublishedAt(AT)
                        .build());
    }

    private void publishUpdates(List<SidUpdate> updates) throws InterruptedException {
        SingleObjectFormat<SidUpdate> format = SingleObjectFormat.of(SidUpdate.class);
        try (TopicAdmin admin = TopicAdmin.connect(connection);
                Producer<byte[], byte[]> producer = connection.producer(Map.of())) {
            admin.create(List.of(connection.topics().ofVersion("v1")), 2, -1);
            for (SidUpdate update : updates) {
                producer.send(
                        new ProducerRecord<>(
                                connection.topics().updates("v1"),
                                update.getItemId().getBytes(UTF_8),
                                format.encode(update)));
            }
        }
    }

    private JsonNode json() throws IOException {
        return new ObjectMapper().readTree(console.out());
    }

    private int run(String command) {
        List<String> arguments = new ArrayList<>(List.of(command.split(" ")));
        arguments.add("--bootstrap=" + connection.bootstrap());
        arguments.add("--topic-prefix=" + connection.topics().prefix());
        console = TestingConsole.plain();
        return Sidestream.run(console.console(), arguments.toArray(new String[0]));
    }
}
