package io.sidestream.operators.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.codebook.CodebookLimits;
import io.sidestream.hourglass.Drift;
import io.sidestream.hourglass.Hourglass;
import io.sidestream.hourglass.PathSkew;
import io.sidestream.hourglass.QuantizationError;
import io.sidestream.hourglass.TokenSkew;
import io.sidestream.operators.Announcement;
import io.sidestream.operators.DeadLetters;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.operators.control.RemapLimits;
import io.sidestream.schema.DeadLetter;
import io.sidestream.schema.DeadLetterCause;
import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.PlanStatus;
import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.RemapPlanStatus;
import io.sidestream.schema.RemapPolicyKind;
import io.sidestream.schema.SingleObjectFormat;
import io.sidestream.sid.Remap;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The largest records that the limits of what comes in leave possible fit into a Kafka record. */
class LargestRecordsTest {

    /** A producer's default for max.request.size, less what Kafka adds to key and value. */
    private static final int LONGEST = 1_048_576 - 1024;

    private static final String VERSION = "v".repeat(64);
    private static final Instant LATE = Instant.ofEpochMilli(Long.MAX_VALUE);

    static Stream<int[]> shapes() {
        return Stream.of(
                new int[] {CodebookLimits.MAX_CODEWORDS},
                new int[] {1 << 18, 1 << 18, 1 << 18},
                new int[] {65_536},
                new int[] {65_535, 65_536},
                sizes(32, 2048),
                sizes(32, 2049),
                sizes(32, 1 << 15),
                sizes(16, 1 << 16),
                sizes(8, 1 << 17),
                IntStream.range(0, 32).map(i -> i < 16 ? 4096 : 61_440).toArray(),
                IntStream.range(0, 32).map(i -> i == 0 ? 65_536 - 31 : 1).toArray());
    }

    private static int[] sizes(int layers, int size) {
        int[] sizes = new int[layers];
        Arrays.fill(sizes, size);
        return sizes;
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void aReportFits(int[] sizes) {
        CodebookLimits.requireShape(1, sizes);
        long[][] tokens = new long[sizes.length][];
        List<Hourglass.Layer> layers = new ArrayList<>();
        for (int i = 0; i < sizes.length; i++) {
            tokens[i] = new long[sizes[i]];
            Arrays.fill(tokens[i], Long.MAX_VALUE); // ten bytes, as has no catalog
            layers.add(
                    new Hourglass.Layer(
                            TokenSkew.of(new long[sizes[i]]),
                            new QuantizationError(1.0, 2.0),
                            new Drift(1, 1, 1, 1)));
        }
        Hourglass measured = new Hourglass(Long.MAX_VALUE, layers, PathSkew.of(1, 1, 1, sizes));
        HourglassReport report =
                Reports.standing(
                        VERSION,
                        LATE,
                        measured,
                        new TokenCounts(Long.MAX_VALUE, tokens, new long[sizes.length]),
                        Long.MAX_VALUE);
        report.setWindow(Long.MAX_VALUE);

        assertThat(Announcement.of(VERSION, report).value()).hasSizeLessThan(LONGEST);
    }

    @Test
    void aPlanAndItsStepsFit() {
        Map<String, Double> metrics = new HashMap<>();
        IntStream.range(0, 64).forEach(i -> metrics.put("m".repeat(250) + i, 1.0));
        RemapPlan plan =
                RemapPlan.newBuilder()
                        .setCodebookVersion(VERSION)
                        .setEpoch(Long.MAX_VALUE)
                        .setLayer(CodebookLimits.MAX_LAYERS)
                        .setPolicy(RemapPolicyKind.TOP_P)
                        .setParameter(1)
                        .setHeadTokens(new Remap(1, IntStream.range(0, 1 << 20).toArray()).bitmap())
                        .setItems(Long.MAX_VALUE)
                        .setItemsToMove(Long.MAX_VALUE)
                        .setHeadItems(Long.MAX_VALUE)
                        .setSkewBefore(metrics)
                        .setDecidedAt(LATE)
                        .setDecidedBy("日".repeat(RemapLimits.MAX_NAME))
                        .setRequestId("日".repeat(RemapLimits.MAX_REQUEST_ID))
                        .build();
        RemapPlanStatus step =
                RemapPlanStatus.newBuilder()
                        .setCodebookVersion(VERSION)
                        .setEpoch(Long.MAX_VALUE)
                        .setStatus(PlanStatus.SUPERSEDED)
                        .setItemsMoved(Long.MAX_VALUE)
                        .setAt(LATE)
                        .setMessage("日".repeat(RemapLimits.MAX_MESSAGE))
                        .setRequestId("日".repeat(RemapLimits.MAX_REQUEST_ID))
                        .build();

        assertThat(Announcement.of(VERSION, plan).value()).hasSizeLessThan(200_000);
        assertThat(Announcement.of(VERSION, step).value()).hasSizeLessThan(20_000);
    }

    @Test
    void aDeadLetterFits() {
        IncomingRecord origin =
                new IncomingRecord(
                        "t".repeat(249),
                        Integer.MAX_VALUE,
                        Long.MAX_VALUE,
                        Long.MAX_VALUE,
                        new byte[1 << 20],
                        new byte[1 << 24]);
        DeadLetter letter =
                DeadLetters.of(origin, DeadLetterCause.UNDECODABLE, "日".repeat(1_000_000));

        byte[] value = SingleObjectFormat.of(DeadLetter.class).encode(letter);
        assertThat(value.length + letter.getKey().remaining()).isLessThan(LONGEST);
    }
}
