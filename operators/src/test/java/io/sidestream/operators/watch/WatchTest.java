package io.sidestream.operators.watch;

import static io.sidestream.operators.control.TestingRemaps.change;
import static io.sidestream.operators.control.TestingRemaps.request;
import static io.sidestream.operators.control.TestingRemaps.step;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import io.sidestream.codebook.Codebook;
import io.sidestream.hourglass.AlertPolicy;
import io.sidestream.hourglass.AlertRule;
import io.sidestream.hourglass.Drift;
import io.sidestream.operators.Announcement;
import io.sidestream.operators.TestingBackend;
import io.sidestream.operators.TestingRecords;
import io.sidestream.operators.TestingState;
import io.sidestream.operators.assign.CodebookStore;
import io.sidestream.operators.assign.TestingStore;
import io.sidestream.operators.combine.Tally;
import io.sidestream.operators.combine.Tally.Stage;
import io.sidestream.operators.combine.TokenDeltas;
import io.sidestream.operators.control.CodebookChange;
import io.sidestream.operators.control.ControlChange;
import io.sidestream.operators.control.RemapChange;
import io.sidestream.operators.control.TestingChanges;
import io.sidestream.operators.watch.RemapOptions.Mode;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.HourglassAlert;
import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.LayerSkew;
import io.sidestream.schema.PlanStatus;
import io.sidestream.schema.RemapAction;
import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.RemapPlanStatus;
import io.sidestream.schema.RemapPolicyKind;
import io.sidestream.schema.ReportScope;
import io.sidestream.schema.RetirementProgress;
import io.sidestream.schema.SingleObjectFormat;
import io.sidestream.sid.Remap;
import io.sidestream.sid.RemapPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.co.KeyedCoProcessOperator;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class WatchTest {

    private static final Instant BEGIN = Instant.ofEpochMilli(1_700_000_000_000L);
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration WINDOW = Duration.ofSeconds(30);
    private static final int BUCKETS = 16;
    private static final double ONE = 1 << 30;
    private static final String RULES =
            "max_share@2 > 0.6 until 0.5; window max_share@1 > 0.9; singleton_rate > 0.5";

    @Parameter private TestingBackend backend;
    @TempDir private Path folder;
    private CodebookStore store;
    private Subject watch;

    @BeforeEach
    void open() throws Exception {
        store = new CodebookStore(folder.toUri());
        watch = new Subject();
        watch.harness.open();
        watch.harness.setProcessingTime(BEGIN.toEpochMilli());
    }

    @AfterEach
    void close() throws Exception {
        watch.close();
    }

    /** Three layers of 349,600 tokens are too many for a manifest; these are as many as can be. */
    private static final int[] LARGEST = {349_525, 349_525, 349_526};

    @Test
    void doesNotReportOnAVersionThatWasNeverLoaded() throws Exception {
        watch.publish(
                TestingChanges.of("v9", CodebookStatus.SHADOW, LARGEST[0], LARGEST[1], LARGEST[2]));
        watch.receive(change(request("v9", "r", RemapAction.PROPOSE).build()));
        watch.tick();
        watch.tick();

        assertThat(watch.reports()).isEmpty();
        assertThat(watch.all(RemapPlanStatus.class))
                .singleElement()
                .satisfies(
                        answer -> {
                            assertThat(answer.getRequestId()).isEqualTo("r");
                            assertThat(answer.getMessage()).contains("not live");
                        });
    }

    @Test
    void reportsOnceAnIntervalThoughSeveralTimersAreLate() throws Exception {
        watch.receive(publish("v1", 3, 4));
        watch.receive(joining("v1", 1, 0, 0));
        watch.tick();
        Duration down = INTERVAL.multipliedBy(3).dividedBy(2);
        watch = watch.restoredAfter(down, watch.harness.snapshot(1, 1)); // holds the next timer
        watch.receive(joining("v1", 1, 1, 1)); // sets the one after it
        watch.tick();
        watch.tick();

        assertThat(watch.reports())
                .filteredOn(report -> report.getScope() == ReportScope.STANDING)
                .extracting(HourglassReport::getAt)
                .doesNotHaveDuplicates()
                .isSorted();
    }

    @Test
    void reportsLargeLayersByRank() throws Exception {
        watch.receive(
                TestingChanges.of("v9", CodebookStatus.SHADOW, LARGEST[0], LARGEST[1], LARGEST[2]));
        watch.receive(joining("v9", 5, 7, 8, 9));
        watch.receive(joining("v9", 3, 349_524, 0, 349_525));
        watch.tick();

        assertThat(watch.last(ReportScope.STANDING).getLayers())
                .hasSize(3)
                .allSatisfy(
                        layer -> {
                            assertThat(layer.getCounts()).isEmpty();
                            assertThat(layer.getRankBins()).hasSize(1024).startsWith(8L, 0L);
                            assertThat(layer.getMaxShare()).isEqualTo(5 / 8.0);
                            assertThat(layer.getDeadCodes()).isEqualTo(layer.getTokens() - 2);
                        });
    }

    @Test
    void reportsWhatAllTalliesAddUpTo() throws Exception {
        int[] sizes = {300, 1_000, 1};
        watch.receive(publish("v1", sizes));
        Random random = new Random(8);
        Catalog catalog = new Catalog(sizes);
        for (int round = 0; round < 4; round++) {
            for (int i = 0; i < 30; i++) {
                watch.receive(catalog.change(random, 20));
            }
            watch = watch.restored(watch.harness.snapshot(round, round));
            watch.tick();

            HourglassReport report = watch.last(ReportScope.STANDING);
            assertThat(report.getCodebookVersion()).isEqualTo("v1");
            assertThat(report.getAt()).isEqualTo(BEGIN.plus(INTERVAL.multipliedBy(round + 1)));
            assertThat(report.getWindow()).isNull();
            catalog.assertStanding(report);
            catalog.assertArrived(watch.last(ReportScope.WINDOW));
        }
    }

    @Test
    void reportsAVersionThatHasNoItems() throws Exception {
        watch.receive(publish("v1", 4, 3));
        watch.tick();

        HourglassReport report = watch.last(ReportScope.STANDING);
        assertThat(report.getItems()).isZero();
        assertThat(report.getDistinctPaths()).isZero();
        assertThat(report.getCollisionRate()).isZero();
        assertThat(report.getLayers()).extracting(LayerSkew::getDeadCodes).containsExactly(4, 3);
        assertThat(report.getLayers())
                .allSatisfy(
                        layer -> {
                            assertThat(layer.getEntropyRatio()).isZero();
                            assertThat(layer.getGini()).isZero();
                            assertThat(layer.getQuantizationError()).isNull();
                            assertThat(layer.getJensenShannon()).isNull();
                        });
        watch.tick();
        assertThat(watch.reports()).hasSize(4);
    }

    @Test
    void reportsOnceInAnIntervalHoweverManyTalliesCome() throws Exception {
        watch.receive(publish("v1", 4));
        for (int i = 0; i < 10; i++) {
            watch.receive(joining("v1", 1, 0));
        }
        assertThat(watch.reports()).isEmpty();
        watch.tick();

        assertThat(watch.reports())
                .extracting(HourglassReport::getScope)
                .containsExactly(ReportScope.STANDING, ReportScope.WINDOW);
    }

    @Test
    void countsWhatComesBeforeTheCodebookIsKnown() throws Exception {
        watch.receive(joining("v1", 5, 2));
        watch.tick();
        assertThat(watch.reports()).isEmpty();
        watch.receive(publish("v1", 4));
        watch.tick();

        assertThat(watch.last(ReportScope.STANDING).getItems()).isEqualTo(5);
    }

    @Test
    void keepsVersionsApart() throws Exception {
        watch.receive(publish("v1", 4));
        watch.receive(publish("v2", 4));
        watch.receive(joining("v1", 5, 2));
        watch.receive(joining("v2", 7, 3));
        watch.tick();

        assertThat(watch.reports())
                .filteredOn(report -> report.getScope() == ReportScope.STANDING)
                .extracting(
                        report ->
                                report.getCodebookVersion() + report.getLayers().get(0).getCounts())
                .containsExactlyInAnyOrder("v1[0, 0, 5, 0]", "v2[0, 0, 0, 7]");
    }

    @Test
    void forgetsArrivalsThatTheWindowHasLeftBehind() throws Exception {
        watch.receive(publish("v1", 4));
        watch.receive(joining("v1", 5, 0));
        watch.pass(Duration.ofSeconds(20));
        watch.receive(joining("v1", 2, 1));
        watch.tick();
        assertThat(watch.last(ReportScope.WINDOW).getLayers().get(0).getCounts())
                .containsExactly(5L, 2L, 0L, 0L);
        assertThat(watch.last(ReportScope.WINDOW).getWindow()).isEqualTo(WINDOW.toMillis());
        assertThat(watch.last(ReportScope.WINDOW).getDistinctPaths()).isNull();
        assertThat(watch.counts()).as("two of the live items, two a slice").hasSize(6);

        watch.pass(Duration.ofSeconds(9));
        assertThat(watch.last(ReportScope.WINDOW).getItems()).isEqualTo(2);
        assertThat(watch.counts()).hasSize(4);
        watch.pass(Duration.ofSeconds(20));
        assertThat(watch.last(ReportScope.WINDOW).getItems()).isZero();
        assertThat(watch.last(ReportScope.STANDING).getItems()).isEqualTo(7);
    }

    @Test
    void opensAndResolvesAnAlertOnceWhateverRestoresComeBetween() throws Exception {
        watch.receive(publish("v1", 2, 4));
        watch.receive(joining("v1", 10, 0, 1));
        for (int i = 0; i < 6; i++) {
            watch.tick();
            watch = watch.restored(watch.harness.snapshot(i, i));
        }
        assertThat(watch.alerts())
                .containsExactly(
                        "OPENED STANDING max_share@2 1.0 above 0.6 of 10",
                        "OPENED WINDOW max_share@1 1.0 above 0.9 of 10");

        watch.receive(joining("v1", 10, 1, 2));
        for (int i = 0; i < 6; i++) {
            watch.tick();
            watch = watch.restored(watch.harness.snapshot(i, i));
        }
        assertThat(watch.alerts().subList(2, 4))
                .containsExactly(
                        "RESOLVED STANDING max_share@2 0.5 back at 0.5 of 20",
                        "RESOLVED WINDOW max_share@1 0.5 back at 0.9 of 20");
        assertThat(watch.alerts()).hasSize(4);
        List<String> ids =
                watch.all(HourglassAlert.class).stream().map(HourglassAlert::getAlertId).toList();
        assertThat(ids.subList(2, 4)).as("of one episode").isEqualTo(ids.subList(0, 2));
        assertThat(ids.get(0)).isNotEqualTo(ids.get(1));
    }

    @Test
    void resolvesAnAlertWhoseRuleIsGone() throws Exception {
        watch.receive(publish("v1", 2, 4));
        watch.receive(joining("v1", 10, 0, 1));
        watch.tick();
        watch.tick();
        watch = watch.restored("gini@2 > 0.99", watch.harness.snapshot(1, 1));
        watch.tick();
        watch.tick();

        assertThat(watch.all(HourglassAlert.class))
                .extracting(alert -> alert.getState() + " " + alert.getScope())
                .containsExactlyInAnyOrder(
                        "OPENED STANDING", "OPENED WINDOW", "RESOLVED STANDING", "RESOLVED WINDOW");
        assertThat(watch.all(HourglassAlert.class))
                .last()
                .satisfies(
                        alert -> assertThat(alert.getMessage()).contains("rule has been removed"));
    }

    @Test
    void decidesAPlanByTheExactLiveCountsAndFollowsItsSweep() throws Exception {
        watch.receive(publish("v1", 2, 4));
        watch.receive(joining("v1", 30, 0, 3));
        watch.receive(joining("v1", 10, 1, 2));
        watch.receive(change(applying("r1", 2, RemapPolicyKind.TOP_P, 0.75)));
        watch.tick();
        RemapPlan plan = watch.all(RemapPlan.class).get(0);
        assertThat(Remap.of(plan).headTokens()).containsExactly(3);
        assertThat(plan.getItemsToMove()).isEqualTo(30);
        assertThat(plan.getSkewBefore().get("max_share")).isEqualTo(0.75);
        assertThat(watch.last(ReportScope.STANDING).getRemapEpoch()).isEqualTo(1);

        watch.receive(swept("v1", 1, BUCKETS - 1, 20));
        watch = watch.restored(watch.harness.snapshot(1, 1));
        watch.receive(swept("v1", 1, 1, 10));
        assertThat(watch.all(RemapPlanStatus.class))
                .extracting(RemapPlanStatus::getStatus)
                .containsExactly(PlanStatus.PLANNED, PlanStatus.APPLYING, PlanStatus.APPLIED);
        RemapPlanStatus applied = watch.all(RemapPlanStatus.class).get(2);
        assertThat(applied.getItemsMoved()).isEqualTo(30);
        assertThat(applied.getProgress()).isEqualTo(1);
    }

    @Test
    void answersNoRequestTwiceAfterARestore() throws Exception {
        watch.receive(publish("v1", 2, 4));
        watch.receive(change(applying("r1", 2, RemapPolicyKind.NONE, 0)));
        watch = watch.restored(watch.harness.snapshot(1, 1));
        watch.tick();
        watch = watch.restored(watch.harness.snapshot(2, 2));
        watch.tick();

        assertThat(watch.all(RemapPlan.class)).hasSize(1);
    }

    @Test
    void refusesARequestForAVersionThatNobodyKnows() throws Exception {
        watch.receive(change(applying("r1", 2, RemapPolicyKind.NONE, 0)));
        watch.tick();

        assertThat(watch.all(RemapPlanStatus.class))
                .extracting(RemapPlanStatus::getRequestId, RemapPlanStatus::getStatus)
                .containsExactly(tuple("r1", PlanStatus.REJECTED));
    }

    @Test
    void callsForAPlanByAStandingAlertOfTheRemappedLayerOnly() throws Exception {
        watch.receive(publish("v1", 2, 4));
        watch.receive(joining("v1", 10, 0, 1));
        watch.tick();
        assertThat(watch.all(RemapPlan.class)).as("a window's alert is open").isEmpty();
        watch.tick();

        assertThat(watch.all(RemapPlan.class))
                .extracting(RemapPlan::getDecidedBy)
                .containsExactly("max_share@2 > 0.6 until 0.5");
    }

    @Test
    void resolvesAlertsAndReportsNoMoreWhenTheVersionRetires() throws Exception {
        CodebookManifest manifest = manifest("v1", 2, 4);
        watch.receive(published(manifest));
        watch.receive(joining("v1", 10, 0, 1));
        watch.tick();
        watch.tick();
        watch.receive(published(retired(manifest)));
        assertThat(watch.alerts())
                .hasSize(4)
                .contains(
                        "RESOLVED STANDING max_share@2 NaN back at 0.5 of 0",
                        "RESOLVED WINDOW max_share@1 NaN back at 0.9 of 0");
        watch.receive(leaving("v1", 10, 0, 1));
        watch.tick();

        assertThat(TestingState.keys(watch.harness, "alerts")).isEmpty();
        int reports = watch.reports().size();
        watch.tick();
        assertThat(watch.reports()).hasSize(reports);
        assertThat(watch.harness.numProcessingTimeTimers()).isZero();
    }

    @Test
    void survivesItemsThatComeAndGoWhileTheVersionIsErased() throws Exception {
        CodebookManifest manifest = manifest("v1", 2, 4);
        watch.receive(published(manifest));
        watch.receive(joining("v1", 10, 0, 1));
        watch.tick();
        int reports = watch.reports().size();
        watch.receive(published(retired(manifest)));
        watch.receive(leaving("v1", 13, 0, 1)); // the index heard of it later
        watch.receive(joining("v1", 1, 1, 3));

        assertThatCode(() -> watch.tick()).doesNotThrowAnyException();
        assertThat(watch.reports()).hasSize(reports);
    }

    @Test
    void tellsHowFarARetiredVersionIsErasedAndForgetsItAtTheEnd() throws Exception {
        CodebookManifest manifest = manifest("v1", 2, 4);
        watch.receive(published(manifest));
        watch.receive(publish("v2", 2, 4));
        watch.receive(joining("v1", 10, 0, 1));
        watch.receive(joining("v2", 10, 0, 1));
        watch.receive(change(applying("r1", 2, RemapPolicyKind.TOP_K, 1)));
        watch.tick();
        watch.tick();
        watch.receive(published(retired(manifest)));
        watch.tick();
        watch.receive(erased("v1", Stage.INDEX, 0, BUCKETS, 10));
        watch.receive(erased("v1", Stage.RESOLVE, 0, BUCKETS, 1));
        watch.tick();
        assertThat(watch.traces("v1")).contains("codebook", "paths", "counts", "remaps");
        watch.receive(erased("v1", Stage.PUBLISH, 0, BUCKETS - 4, 9));
        watch.tick();
        watch.receive(erased("v1", Stage.PUBLISH, 0, 4, 1));
        watch.tick();

        assertThat(watch.all(RetirementProgress.class))
                .extracting(
                        RetirementProgress::getCodebookVersion,
                        RetirementProgress::getProgress,
                        RetirementProgress::getItems)
                .containsExactly(
                        tuple("v1", 0.0, 0L),
                        tuple("v1", 2 / 3.0, 10L),
                        tuple("v1", 44 / 48.0, 10L),
                        tuple("v1", 1.0, 10L));
        assertThat(watch.traces("v1")).containsExactly("retirement");
        assertThat(watch.traces("v2")).contains("codebook", "paths", "counts");
        watch.tick();
        assertThat(watch.last(ReportScope.STANDING).getItems()).isEqualTo(10);
        assertThat(watch.all(RetirementProgress.class)).hasSize(4);
    }

    @Test
    void forgetsAVersionOfWhoseEndItHearsLast() throws Exception {
        CodebookManifest manifest = manifest("v1", 2, 4);
        watch.receive(published(manifest));
        watch.receive(joining("v1", 10, 0, 1));
        for (Stage stage : Stage.values()) {
            watch.receive(erased("v1", stage, 0, BUCKETS, 10));
        }
        watch.tick();
        assertThat(watch.all(RetirementProgress.class)).isEmpty();
        watch.receive(published(retired(manifest)));
        watch.tick();

        assertThat(watch.all(RetirementProgress.class))
                .extracting(RetirementProgress::getProgress)
                .containsExactly(1.0);
        assertThat(watch.traces("v1")).containsExactly("retirement");
    }

    @Test
    void startsToCountErasedBucketsAnewAfterARestart() throws Exception {
        CodebookManifest manifest = manifest("v1", 2, 4);
        watch.receive(published(manifest));
        watch.receive(published(retired(manifest)));
        watch.receive(erased("v1", Stage.INDEX, 0, BUCKETS, 7));
        watch.receive(erased("v1", Stage.RESOLVE, 0, BUCKETS, 7));
        watch = watch.restored(watch.harness.snapshot(6, 6));
        for (Stage stage : Stage.values()) { // each tells all that it has done before
            watch.receive(erased("v1", stage, 6, BUCKETS, 0));
        }
        watch.tick();

        assertThat(watch.all(RetirementProgress.class))
                .extracting(RetirementProgress::getProgress, RetirementProgress::getItems)
                .containsExactly(tuple(1.0, 7L));
    }

    @Test
    void staysSilentAboutAForgottenVersionHoweverOftenItIsErased() throws Exception {
        CodebookManifest manifest = manifest("v1", 2, 4);
        watch.receive(published(manifest));
        watch.receive(published(retired(manifest)));
        for (long run : new long[] {0, 5, 9}) {
            for (Stage stage : Stage.values()) {
                watch.receive(erased("v1", stage, run, BUCKETS, 0));
            }
            watch.tick();
            watch = watch.restored(watch.harness.snapshot(run + 1, run + 1));
        }

        assertThat(watch.all(RetirementProgress.class)).hasSize(1);
        assertThat(watch.traces("v1")).containsExactly("retirement");
        watch.receive(published(retired(manifest))); // it is said once more
        watch.tick();
        assertThat(watch.all(RetirementProgress.class))
                .extracting(RetirementProgress::getProgress)
                .containsExactly(1.0, 1.0);
        assertThat(watch.traces("v1")).containsExactly("retirement");
    }

    @Test
    void refusesRequestsToARetiredVersionAndHoldsNothingOfThem() throws Exception {
        CodebookManifest manifest = manifest("v1", 2, 4);
        watch.receive(published(manifest));
        watch.receive(joining("v1", 10, 0, 1));
        watch.receive(change(applying("r1", 2, RemapPolicyKind.TOP_K, 1)));
        watch.tick();
        List<RemapPlan> plans = watch.all(RemapPlan.class);
        watch.receive(published(retired(manifest)));
        watch.receive(change(applying("r2", 2, RemapPolicyKind.TOP_K, 1)));
        for (Stage stage : Stage.values()) {
            watch.receive(erased("v1", stage, 0, BUCKETS, 10));
        }
        watch.tick();
        watch.receive(change(applying("r3", 2, RemapPolicyKind.TOP_K, 1)));
        for (RemapPlan plan : plans) {
            watch.receive(change(plan)); // it comes back late
        }
        watch.receive(change(step("v1", 1, PlanStatus.APPLYING)));
        watch.tick();

        assertThat(plans).hasSize(1);
        assertThat(watch.all(RemapPlan.class)).isEqualTo(plans);
        assertThat(watch.all(RemapPlanStatus.class))
                .filteredOn(step -> step.getStatus() == PlanStatus.REJECTED)
                .extracting(RemapPlanStatus::getRequestId)
                .containsExactly("r2", "r3");
        assertThat(watch.traces("v1")).containsExactly("retirement");
    }

    @Test
    void reportsOnAShadowButAlertsAndPlansNothing() throws Exception {
        CodebookManifest manifest =
                CodebookManifest.newBuilder(manifest("v1", 2, 4))
                        .setStatus(CodebookStatus.SHADOW)
                        .build();
        watch.receive(published(manifest));
        watch.receive(joining("v1", 10, 0, 1));
        watch.pass(Duration.ofSeconds(5));
        assertThat(watch.last(ReportScope.STANDING).getItems()).isEqualTo(10);
        assertThat(watch.alerts()).isEmpty();
        assertThat(watch.all(RemapPlan.class)).isEmpty();

        watch.receive(
                published(
                        CodebookManifest.newBuilder(manifest)
                                .setStatus(CodebookStatus.READY)
                                .build()));
        watch.pass(Duration.ofSeconds(5));
        assertThat(watch.alerts()).isNotEmpty();
        assertThat(watch.all(RemapPlan.class)).hasSize(1);
    }

    @Test
    void datesReportsOfAllVersionsByTheTimeThatTheyWereDue() throws Exception {
        watch.receive(publish("v1", 2, 4));
        watch.receive(publish("v2", 2, 4));
        watch.harness.setProcessingTime(BEGIN.toEpochMilli() + INTERVAL.toMillis() + 345);

        assertThat(watch.reports())
                .filteredOn(report -> report.getScope() == ReportScope.STANDING)
                .hasSize(2)
                .extracting(HourglassReport::getAt)
                .containsOnly(BEGIN.plus(INTERVAL));
    }

    @Test
    void tellsTheAlertsOfTwoVersionsApart() throws Exception {
        watch.receive(publish("v1", 2, 4));
        watch.receive(publish("v2", 2, 4));
        watch.receive(joining("v1", 10, 0, 1));
        watch.receive(joining("v2", 10, 0, 1));
        watch.tick();
        watch.tick();

        assertThat(watch.all(HourglassAlert.class))
                .hasSize(4)
                .extracting(HourglassAlert::getAlertId)
                .doesNotHaveDuplicates();
    }

    @Test
    void survivesACodebookOfAnotherShapeUnderTheSameVersion() throws Exception {
        watch.receive(publish("v1", 2, 4, 3));
        watch.receive(joining("v1", 10, 0, 1, 2));
        watch.tick();
        watch.receive(publish("v1", 2, 4));
        assertThatCode(() -> watch.tick()).as("fewer layers").doesNotThrowAnyException();
        watch.receive(publish("v1", 2, 4, 3, 5));
        assertThatCode(
                        () -> {
                            watch.receive(joining("v1", 1, 0, 1, 2, 4));
                            watch.tick();
                        })
                .as("more layers")
                .doesNotThrowAnyException();
    }

    @Test
    void survivesACodebookFileThatIsMissing() throws Exception {
        CodebookManifest manifest = manifest("v1", 2, 4);
        watch.receive(
                published(
                        CodebookManifest.newBuilder(manifest)
                                .setUri(folder.resolve("gone").toUri().toString())
                                .build()));
        watch.receive(joining("v1", 10, 0, 1));
        watch.tick();

        assertThat(watch.last(ReportScope.STANDING).getItems()).isEqualTo(10);
        assertThat(watch.last(ReportScope.STANDING).getLayers().get(0).getJensenShannon()).isNull();
    }

    @Test
    void tellsTheDriftFromTheHistogramThatTheCodebookWasMadeWith() throws Exception {
        Codebook codebook =
                codebook(
                        "v1",
                        Map.of("histogram.layer_1", "30,10", "histogram.layer_2", "1,2"),
                        2,
                        4);
        watch.receive(published(store.put(codebook, CodebookStatus.ACTIVE, BEGIN)));
        watch.receive(joining("v1", 10, 0, 1));
        watch.tick();

        Drift drift = Drift.between(new long[] {10, 0}, new long[] {30, 10});
        LayerSkew layer = watch.last(ReportScope.STANDING).getLayers().get(0);
        assertThat(layer.getJensenShannon()).isEqualTo(drift.jensenShannon());
        assertThat(layer.getJensenShannonExpected()).isEqualTo(drift.jensenShannonExpected());
        assertThat(layer.getPsi()).isEqualTo(drift.psi());
        assertThat(layer.getPsiExpected()).isEqualTo(drift.psiExpected());
        assertThat(watch.last(ReportScope.STANDING).getLayers().get(1).getPsi())
                .as("a histogram of another length")
                .isNull();
    }

    @Test
    void tellsHowMuchMoreIsLeftThanOfTheSampleThatTheCodebookWasMadeWith() throws Exception {
        Codebook codebook = codebook("v1", Map.of("quantization_error", "0.25,0.1"), 2, 4);
        watch.receive(published(store.put(codebook, CodebookStatus.ACTIVE, BEGIN)));
        watch = watch.restored("quantization_error_ratio@1 > 1.2", watch.harness.snapshot(1, 1));
        TokenDeltas deltas =
                new TokenDeltas(
                        10,
                        List.of(
                                new TokenDeltas.Layer(
                                        new int[] {0}, new long[] {10}, (long) (5 * ONE)),
                                new TokenDeltas.Layer(new int[] {3}, new long[] {10}, (long) ONE)));
        watch.receive(
                new Tally("v1", deltas, deltas, new Tally.Paths(1, 0, 10), List.of(), List.of()));
        watch.tick();
        watch.tick();

        List<LayerSkew> layers = watch.last(ReportScope.STANDING).getLayers();
        assertThat(layers.get(0).getQuantizationErrorExpected()).isEqualTo(0.25);
        assertThat(layers.get(0).getQuantizationErrorRatio()).isCloseTo(2, within(1e-8));
        assertThat(layers.get(1).getQuantizationErrorRatio()).isCloseTo(1, within(1e-8));
        assertThat(watch.all(HourglassAlert.class))
                .extracting(HourglassAlert::getMetric)
                .containsExactly("quantization_error_ratio");
    }

    private CodebookChange publish(String version, int... sizes) throws Exception {
        return published(manifest(version, sizes));
    }

    private CodebookManifest manifest(String version, int... sizes) throws Exception {
        return store.put(codebook(version, Map.of(), sizes), CodebookStatus.ACTIVE, BEGIN);
    }

    private static Codebook codebook(String version, Map<String, String> facts, int... sizes) {
        float[][] layers = new float[sizes.length][];
        for (int layer = 0; layer < sizes.length; layer++) {
            layers[layer] = new float[sizes[layer]];
        }
        return Codebook.of(version, 1, false, layers, facts);
    }

    private static CodebookChange published(CodebookManifest manifest) {
        return new CodebookChange(
                TestingRecords.manifest(0, manifest), manifest.getVersion(), manifest);
    }

    private static CodebookManifest retired(CodebookManifest manifest) {
        return CodebookManifest.newBuilder(manifest).setStatus(CodebookStatus.RETIRED).build();
    }

    private static SpecificRecordBase applying(
            String id, int layer, RemapPolicyKind policy, double parameter) {
        return request("v1", id, RemapAction.APPLY)
                .setLayer(layer)
                .setPolicy(policy)
                .setParameter(parameter)
                .build();
    }

    /** So many new items of these codes, all on one path. */
    private static Tally joining(String version, long items, int... codes) {
        return new Tally(
                version,
                deltas(items, codes),
                deltas(items, codes),
                new Tally.Paths(0, 0, items),
                List.of(),
                List.of());
    }

    private static Tally leaving(String version, long items, int... codes) {
        return new Tally(
                version,
                deltas(-items, codes),
                TokenDeltas.NONE,
                new Tally.Paths(0, 0, -items),
                List.of(),
                List.of());
    }

    private static TokenDeltas deltas(long items, int... codes) {
        return new TokenDeltas(
                items,
                Arrays.stream(codes)
                        .mapToObj(
                                code ->
                                        new TokenDeltas.Layer(
                                                new int[] {code}, new long[] {items}, 0))
                        .toList());
    }

    private static Tally erased(String version, Stage stage, long run, long buckets, long entries) {
        return new Tally(
                version,
                TokenDeltas.NONE,
                TokenDeltas.NONE,
                Tally.Paths.NONE,
                List.of(),
                List.of(new Tally.Erasure(stage, run, buckets, entries)));
    }

    private static Tally swept(String version, long epoch, long buckets, long moved) {
        return new Tally(
                version,
                TokenDeltas.NONE,
                TokenDeltas.NONE,
                Tally.Paths.NONE,
                List.of(new Tally.Sweep(epoch, buckets, moved)),
                List.of());
    }

    /** Items and their counts in plain arrays, and every metric by its textbook formula. */
    private static final class Catalog {

        private final int[] sizes;
        private final List<int[]> live = new ArrayList<>();
        private final List<int[]> residuals = new ArrayList<>();
        private final long[][] arrived;
        private long arrivals;
        private long distinct;
        private long singletons;

        Catalog(int... sizes) {
            this.sizes = sizes;
            this.arrived = new long[sizes.length][];
            for (int layer = 0; layer < sizes.length; layer++) {
                arrived[layer] = new long[sizes[layer]];
            }
        }

        /** A tally of that many changes, most of them arrivals. */
        Tally change(Random random, int changes) {
            long items = 0;
            List<TreeMap<Integer, Long>> standing = layers();
            List<TreeMap<Integer, Long>> arriving = layers();
            long[] standingResiduals = new long[sizes.length];
            long[] arrivingResiduals = new long[sizes.length];
            for (int i = 0; i < changes; i++) {
                boolean leaves = !live.isEmpty() && random.nextInt(3) == 0;
                int which = leaves ? random.nextInt(live.size()) : live.size();
                if (!leaves) {
                    int[] codes = new int[sizes.length];
                    for (int layer = 0; layer < codes.length; layer++) {
                        int skewed = (int) (sizes[layer] * Math.pow(random.nextDouble(), 3));
                        codes[layer] = skewed;
                        arriving.get(layer).merge(skewed, 1L, Long::sum);
                        arrived[layer][skewed]++;
                    }
                    live.add(codes);
                    residuals.add(random.ints(codes.length, 0, 1 << 30).toArray());
                    arrivals++;
                }
                items += leaves ? -1 : 1;
                for (int layer = 0; layer < sizes.length; layer++) {
                    long sign = leaves ? -1 : 1;
                    standing.get(layer).merge(live.get(which)[layer], sign, Long::sum);
                    standingResiduals[layer] += sign * residuals.get(which)[layer];
                    arrivingResiduals[layer] += leaves ? 0 : residuals.get(which)[layer];
                }
                if (leaves) {
                    live.remove(which);
                    residuals.remove(which);
                }
            }
            long more = random.nextInt(5);
            distinct += more;
            singletons += more / 2;
            return new Tally(
                    "v1",
                    deltas(items, standing, standingResiduals),
                    deltas(
                            arriving.get(0).values().stream().mapToLong(n -> n).sum(),
                            arriving,
                            arrivingResiduals),
                    new Tally.Paths(more, more / 2, items),
                    List.of(),
                    List.of());
        }

        private List<TreeMap<Integer, Long>> layers() {
            List<TreeMap<Integer, Long>> layers = new ArrayList<>();
            for (int ignored : sizes) {
                layers.add(new TreeMap<>());
            }
            return layers;
        }

        private static TokenDeltas deltas(
                long items, List<TreeMap<Integer, Long>> changes, long[] residuals) {
            List<TokenDeltas.Layer> layers = new ArrayList<>();
            for (TreeMap<Integer, Long> change : changes) {
                change.values().removeIf(delta -> delta == 0);
                layers.add(
                        new TokenDeltas.Layer(
                                change.keySet().stream().mapToInt(token -> token).toArray(),
                                change.values().stream().mapToLong(delta -> delta).toArray(),
                                residuals[layers.size()]));
            }
            return new TokenDeltas(items, layers);
        }

        void assertStanding(HourglassReport report) {
            assertThat(report.getItems()).isEqualTo(live.size());
            double possible = 1;
            for (int layer = 0; layer < sizes.length; layer++) {
                long[] counts = new long[sizes[layer]];
                double error = 0;
                for (int i = 0; i < live.size(); i++) {
                    counts[live.get(i)[layer]]++;
                    error += residuals.get(i)[layer] / ONE / live.size();
                }
                LayerSkew skew = report.getLayers().get(layer);
                assertSkew(skew, counts);
                assertThat(skew.getLayer()).isEqualTo(layer + 1);
                assertThat(skew.getQuantizationError()).isCloseTo(error, within(1e-9));
                possible *= sizes[layer];
            }
            assertThat(report.getDistinctPaths()).isEqualTo(distinct);
            assertThat(report.getPathUtilization()).isCloseTo(distinct / possible, within(1e-12));
            assertThat(report.getCollisionRate())
                    .isCloseTo(1 - (double) distinct / live.size(), within(1e-12));
            assertThat(report.getSingletonRate())
                    .isCloseTo((double) singletons / live.size(), within(1e-12));
        }

        void assertArrived(HourglassReport report) {
            assertThat(report.getItems()).isEqualTo(arrivals);
            for (int layer = 0; layer < sizes.length; layer++) {
                assertSkew(report.getLayers().get(layer), arrived[layer]);
            }
        }

        private static void assertSkew(LayerSkew skew, long[] counts) {
            int k = counts.length;
            double n = LongStream.of(counts).sum();
            double entropy = 0;
            double squares = 0;
            double differences = 0;
            for (long count : counts) {
                entropy -= count == 0 ? 0 : count / n * Math.log(count / n);
                squares += (count - n / k) * (count - n / k);
                for (long other : counts) {
                    differences += Math.abs(count - other);
                }
            }
            assertThat(skew.getTokens()).isEqualTo(k);
            assertThat(skew.getCounts())
                    .containsExactly(LongStream.of(counts).boxed().toArray(Long[]::new));
            assertThat(skew.getEntropy()).isCloseTo(entropy, within(1e-9));
            assertThat(skew.getEntropyRatio())
                    .isCloseTo(k == 1 ? 1 : entropy / Math.log(k), within(1e-9));
            assertThat(skew.getPerplexity()).isCloseTo(Math.exp(entropy), within(1e-6));
            assertThat(skew.getGini()).isCloseTo(differences / (2 * k * n), within(1e-9));
            assertThat(skew.getStd()).isCloseTo(Math.sqrt(squares / k), within(1e-9));
            assertThat(skew.getMaxShare())
                    .isCloseTo(LongStream.of(counts).max().getAsLong() / n, within(1e-12));
            assertThat(skew.getDeadCodes())
                    .isEqualTo((int) LongStream.of(counts).filter(count -> count == 0).count());
        }
    }

    /** The stage and all that it has announced, before restores too. */
    private final class Subject implements AutoCloseable {

        private final KeyedTwoInputStreamOperatorTestHarness<
                        String, Tally, ControlChange, Announcement>
                harness;
        private final List<Announcement> before = new ArrayList<>();

        Subject() throws Exception {
            this(RULES);
        }

        Subject(String rules) throws Exception {
            WatchOptions options =
                    new WatchOptions(
                            INTERVAL,
                            WINDOW,
                            new AlertPolicy(
                                    AlertRule.parseAll(rules), 2, 5, Duration.ofSeconds(1)));
            RemapOptions remap =
                    new RemapOptions(
                            Mode.PROPOSE,
                            RemapPolicy.parse("top-p=0.85"),
                            2,
                            0.05,
                            0.3,
                            Duration.ofMinutes(10));
            harness =
                    new KeyedTwoInputStreamOperatorTestHarness<>(
                            new KeyedCoProcessOperator<>(
                                    new Watch(options, remap, BUCKETS, TestingStore.in(folder))),
                            Tally::codebookVersion,
                            ControlChange::codebookVersion,
                            Types.STRING);
            harness.setStateBackend(backend.create());
            harness.setup(Announcement.TYPE.createSerializer(new SerializerConfigImpl()));
        }

        Subject restored(OperatorSubtaskState state) throws Exception {
            return restored(RULES, state);
        }

        Subject restored(String rules, OperatorSubtaskState state) throws Exception {
            return restored(rules, Duration.ZERO, state);
        }

        /** Timers that were due meanwhile are late. */
        Subject restoredAfter(Duration down, OperatorSubtaskState state) throws Exception {
            return restored(RULES, down, state);
        }

        private Subject restored(String rules, Duration down, OperatorSubtaskState state)
                throws Exception {
            Subject restored = new Subject(rules);
            restored.before.addAll(announcements());
            restored.harness.setProcessingTime(harness.getProcessingTime() + down.toMillis());
            close();
            restored.harness.initializeState(state);
            restored.harness.open();
            return restored;
        }

        void receive(Tally tally) throws Exception {
            harness.processElement1(tally, 0);
        }

        void receive(CodebookChange codebook) throws Exception {
            publish(codebook);
            if (codebook.isLive()) {
                receive(Tally.none(codebook.version())); // a subtask has loaded it
            }
        }

        /** Publishes a version without loading it. */
        void publish(CodebookChange codebook) throws Exception {
            harness.processElement2(ControlChange.of(codebook), 0);
        }

        void receive(RemapChange remap) throws Exception {
            harness.processElement2(ControlChange.of(remap), 0);
        }

        /** Goes on to the next evaluation. */
        void tick() throws Exception {
            harness.setProcessingTime(harness.getProcessingTime() + INTERVAL.toMillis());
        }

        /** The counts in state, in their blocks. */
        Map<CountBlocks.Block, long[]> counts() throws Exception {
            return TestingState.entries(
                    harness,
                    new MapStateDescriptor<>(
                            "counts",
                            CountBlocks.Block.TYPE,
                            PrimitiveArrayTypeInfo.LONG_PRIMITIVE_ARRAY_TYPE_INFO));
        }

        /** The states that hold something of a version. */
        List<String> traces(String version) {
            return Stream.of(
                            "codebook",
                            "loaded",
                            "reported",
                            "paths",
                            "alerts",
                            "remaps",
                            "retirement",
                            "counts")
                    .filter(state -> TestingState.keys(harness, state).contains(version))
                    .toList();
        }

        void pass(Duration time) throws Exception {
            for (long i = 0; i < time.toMillis() / INTERVAL.toMillis(); i++) {
                tick();
            }
        }

        private List<Announcement> announcements() {
            List<Announcement> all = new ArrayList<>(before);
            all.addAll(harness.extractOutputValues());
            return all;
        }

        <T extends SpecificRecordBase> List<T> all(Class<T> type) throws Exception {
            SingleObjectFormat<T> format = SingleObjectFormat.of(type);
            List<T> records = new ArrayList<>();
            for (Announcement announcement : announcements()) {
                if (format.recognizes(announcement.value())) {
                    records.add(format.decode(announcement.value()));
                }
            }
            return records;
        }

        List<HourglassReport> reports() throws Exception {
            return all(HourglassReport.class);
        }

        HourglassReport last(ReportScope scope) throws Exception {
            List<HourglassReport> reports = new ArrayList<>(reports());
            reports.removeIf(report -> report.getScope() != scope);
            return reports.get(reports.size() - 1);
        }

        /** Such as {@code OPENED STANDING gini@2 0.7 above 0.6 of 10}. */
        List<String> alerts() throws Exception {
            return all(HourglassAlert.class).stream()
                    .map(
                            alert ->
                                    "%s %s %s@%d %s %s %s of %d"
                                            .formatted(
                                                    alert.getState(),
                                                    alert.getScope(),
                                                    alert.getMetric(),
                                                    alert.getLayer(),
                                                    alert.getValue(),
                                                    alert.getState().name().equals("OPENED")
                                                            ? "above"
                                                            : "back at",
                                                    alert.getThreshold(),
                                                    alert.getItems()))
                    .toList();
        }

        @Override
        public void close() throws Exception {
            harness.close();
        }
    }
}
