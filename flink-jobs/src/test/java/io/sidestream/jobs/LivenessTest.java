package io.sidestream.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.sidestream.schema.LiveReport;
import io.sidestream.schema.PartitionPosition;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LivenessTest {

    @Test
    void isNotGivenBeforeAnythingIsHeard() {
        Liveness liveness = Liveness.of(List.of());

        assertThat(liveness.everywhere()).isFalse();
        assertThat(liveness.subtasks()).isZero();
        assertThat(liveness.since()).isEmpty();
    }

    @Test
    void isGivenWhenAllSubtasksOfARunSayIt() {
        LiveReport first = live("r", 0, 2, Map.of());
        LiveReport second = live("r", 1, 2, Map.of());

        assertThat(Liveness.of(List.of(first)).everywhere()).isFalse();
        assertThat(Liveness.of(List.of(first)).live()).isEqualTo(1);
        assertThat(Liveness.of(List.of(second, first)).everywhere()).isTrue();
    }

    @Test
    void beginsInEachPartitionWhereTheLastSubtaskBegan() {
        Liveness liveness =
                Liveness.of(
                        List.of(
                                live("r", 0, 3, Map.of(0, 10L, 1, 5L)),
                                live("r", 1, 3, Map.of(0, 7L, 4, 9L)),
                                live("r", 2, 3, Map.of())));

        assertThat(liveness.since()).containsExactly(entry(0, 10L), entry(1, 5L), entry(4, 9L));
    }

    @Test
    void goesByTheRunThatWasHeardOfLast() {
        List<LiveReport> reports =
                List.of(
                        live("before", 2, 3, Map.of(0, 99L)), // the job had more subtasks then
                        live("now", 1, 2, Map.of(0, 5L)),
                        live("now", 0, 2, Map.of(1, 6L)));

        Liveness liveness = Liveness.of(reports);
        assertThat(liveness.everywhere()).isTrue();
        assertThat(liveness.subtasks()).isEqualTo(2);
        assertThat(liveness.since()).containsExactly(entry(0, 5L), entry(1, 6L));
        assertThat(Liveness.of(List.of(reports.get(1), reports.get(0))).live()).isEqualTo(1);
    }

    @Test
    void tellsWhyASubtaskIsNotLive() {
        Liveness liveness =
                Liveness.of(
                        List.of(
                                failed("before", 2, 3, "an old reason"),
                                failed("now", 0, 2, "the file is damaged"),
                                live("now", 1, 2, Map.of(0, 5L))));

        assertThat(liveness.everywhere()).isFalse();
        assertThat(liveness.live()).isEqualTo(1);
        assertThat(liveness.errorOrNull()).isEqualTo("the file is damaged");
    }

    @Test
    void isCoveredByABackfillThatCameAsFar() {
        Liveness liveness = Liveness.of(List.of(live("r", 0, 1, Map.of(0, 10L, 1, 5L))));

        assertThat(liveness.isCoveredBy(positions(Map.of(0, 10L, 1, 5L, 2, 0L)))).isTrue();
        assertThat(liveness.isCoveredBy(positions(Map.of(0, 11L, 1, 9L)))).isTrue();
        assertThat(liveness.isCoveredBy(positions(Map.of(0, 9L, 1, 5L)))).isFalse();
        assertThat(liveness.isCoveredBy(positions(Map.of(0, 10L)))).isFalse();
        assertThat(Liveness.of(List.of(live("r", 0, 1, Map.of()))).isCoveredBy(List.of()))
                .as("nothing was there before")
                .isTrue();
    }

    @Test
    void cannotBeChanged() {
        TreeMap<Integer, Long> since = new TreeMap<>(Map.of(0, 1L));
        Liveness liveness = new Liveness(1, 1, null, since);
        since.put(1, 2L);

        assertThat(liveness.since()).hasSize(1);
        assertThatThrownBy(() -> liveness.since().put(2, 3L))
                .isInstanceOf(UnsupportedOperationException.class);
    }

    private static LiveReport live(
            String run, int subtask, int subtasks, Map<Integer, Long> positions) {
        return new LiveReport(
                "v1", run, subtask, subtasks, positions(positions), null, Instant.EPOCH);
    }

    private static LiveReport failed(String run, int subtask, int subtasks, String error) {
        return new LiveReport("v1", run, subtask, subtasks, List.of(), error, Instant.EPOCH);
    }

    private static List<PartitionPosition> positions(Map<Integer, Long> offsets) {
        return offsets.entrySet().stream()
                .map(offset -> new PartitionPosition(offset.getKey(), offset.getValue()))
                .toList();
    }
}
