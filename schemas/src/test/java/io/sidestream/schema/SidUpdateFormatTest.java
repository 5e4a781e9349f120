package io.sidestream.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class SidUpdateFormatTest {

    private final SidUpdateFormat format = new SidUpdateFormat();

    @Test
    void writesTheBytesThatAvroWrites() {
        for (SidUpdate update : List.of(first(), moved(), deleted())) {
            assertThat(format.encode(update))
                    .isEqualTo(SingleObjectFormat.of(SidUpdate.class).encode(update));
        }
    }

    @Test
    void readsWhatItWrites() throws Exception {
        for (SidUpdate update : List.of(moved(), first(), deleted())) {
            assertThat(format.decode(format.encode(update))).isEqualTo(update);
        }
    }

    private static SidUpdate first() {
        return new SidUpdate(
                "tasse ☕",
                "v1",
                List.of(0, 255, 8191),
                List.of(new SidToken(1, 0), new SidToken(2, 255), new SidToken(3, 8191)),
                0,
                "<a_0><b_255><c_8191><d_0>",
                null,
                UpdateReason.NEW,
                0L,
                Long.MIN_VALUE,
                1L,
                Instant.EPOCH);
    }

    private static SidUpdate moved() {
        return new SidUpdate(
                "x".repeat(2_000),
                "2026-11.large",
                List.of(Integer.MAX_VALUE, 1, 2),
                List.of(new SidToken(1, Integer.MAX_VALUE), new SidToken(3, 2)),
                1_000_000,
                "<a_2147483647><c_2><d_1000000>",
                "<a_0><b_0><c_0><d_0>",
                UpdateReason.REMAP,
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                Instant.ofEpochMilli(-1));
    }

    private static SidUpdate deleted() {
        return new SidUpdate(
                "a",
                "v1",
                List.of(),
                List.of(),
                -1,
                "",
                "<a_0><d_0>",
                UpdateReason.DELETED,
                0L,
                7L,
                2L,
                Instant.ofEpochMilli(1_700_000_000_000L));
    }
}
