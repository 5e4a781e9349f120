package io.sidestream.local.kafka;

import static io.sidestream.local.kafka.TestingVersions.AT;
import static io.sidestream.local.kafka.TestingVersions.backfill;
import static io.sidestream.local.kafka.TestingVersions.live;
import static io.sidestream.local.kafka.TestingVersions.retirement;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.schema.BackfillPhase;
import io.sidestream.schema.LiveReport;
import io.sidestream.schema.SingleObjectFormat;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class ProgressTableTest {

    private final ProgressTable table = new ProgressTable();

    @Test
    void keepsTheLastRecordOfEveryKindAndSubtask() {
        SingleObjectFormat.of(LiveReport.class); // makes Avro trust the generated records
        assertThat(apply("v1/live/0", live("v1", "a", 0, 2, "missing"))).isTrue();
        assertThat(apply("v1/live/1", live("v1", "a", 1, 2, null))).isTrue();
        assertThat(apply("v1/live/0", live("v1", "a", 0, 2, null))).isTrue();
        assertThat(apply("v2/live/0", live("v2", "a", 0, 2, null))).isTrue();
        assertThat(apply("v1/backfill", backfill("v1", BackfillPhase.ASSIGNING, 1, AT))).isTrue();
        assertThat(apply("v1/backfill", backfill("v1", BackfillPhase.DONE, 9, AT))).isTrue();
        assertThat(apply("v1/backfill", backfill("v1", BackfillPhase.DONE, 9, AT))).isFalse();
        assertThat(apply("v2/retirement", retirement("v2", 0.5, 7))).isTrue();

        assertThat(table.of("v1"))
                .satisfies(
                        v1 -> {
                            assertThat(v1.live())
                                    .as("the newest comes last")
                                    .containsExactly(
                                            live("v1", "a", 1, 2, null),
                                            live("v1", "a", 0, 2, null));
                            assertThat(v1.backfillOrNull().getRead()).isEqualTo(9);
                            assertThat(v1.retirementOrNull()).isNull();
                        });
        assertThat(table.of("v2").retirementOrNull().getItems()).isEqualTo(7);
        assertThat(table.of("v3")).isEqualTo(VersionProgress.NONE);
    }

    @Test
    void forgetsWhatIsDeleted() {
        apply("v1/live/0", live("v1", "a", 0, 1, null));
        apply("v1/backfill", backfill("v1", BackfillPhase.DONE, 9, AT));

        assertThat(apply("v1/live/0", (byte[]) null)).isTrue();
        assertThat(apply("v1/backfill", (byte[]) null)).isTrue();
        assertThat(apply("v1/retirement", (byte[]) null)).isFalse();
        assertThat(table.of("v1")).isEqualTo(VersionProgress.NONE);
    }

    @Test
    void passesOverWhatIsNotOfThisTopic() {
        assertThat(apply(null, live("v1", "a", 0, 1, null))).isFalse();
        assertThat(apply("v1/live/1", live("v1", "a", 0, 1, null))).isFalse();
        assertThat(apply("v2/backfill", backfill("v1", BackfillPhase.DONE, 9, AT))).isFalse();
        assertThat(apply("v2/retirement", retirement("v1", 1, 9))).isFalse();
        assertThat(apply("v1/live/0", "nonsense".getBytes(UTF_8))).isFalse();
        assertThat(table.of("v1")).isEqualTo(VersionProgress.NONE);
    }

    private boolean apply(String key, SpecificRecordBase value) {
        return apply(key, TestingHourglass.bytes(value));
    }

    private boolean apply(String key, byte[] value) {
        return table.apply(
                new ConsumerRecord<>(
                        "sid-progress", 0, 0, key == null ? null : key.getBytes(UTF_8), value));
    }
}
