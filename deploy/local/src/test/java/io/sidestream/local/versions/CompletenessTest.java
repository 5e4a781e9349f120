package io.sidestream.local.versions;

import static io.sidestream.local.kafka.TestingVersions.AT;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class CompletenessTest {

    private final SortedMap<Instant, Long> v2 = new TreeMap<>();
    private final SortedMap<Instant, Long> v1 = new TreeMap<>();

    @Test
    void comparesAtTheLastInstantThatBothWereCounted() {
        count(v1, 0, 10);
        count(v1, 10, 12);
        count(v1, 20, 14);
        count(v2, 0, 3);
        count(v2, 10, 11);
        count(v2, 15, 14);

        assertThat(of(AT.minusSeconds(1)))
                .isEqualTo(new Completeness("v2", "v1", AT.plusSeconds(10), 11, 12));
        assertThat(of(AT.minusSeconds(1)).holds()).isFalse();
        count(v2, 20, 14);
        assertThat(of(AT.minusSeconds(1)).holds()).isTrue();
    }

    @Test
    void knowsNothingWithoutACommonInstant() {
        assertThat(of(AT).isKnown()).isFalse();
        count(v1, 10, 5);
        count(v2, 11, 5);
        assertThat(of(AT).isKnown()).isFalse();
        assertThat(of(AT).holds()).isFalse();
    }

    @Test
    void doesNotCountWhatWasCountedTooEarly() {
        count(v1, 10, 0);
        count(v2, 10, 0);

        assertThat(of(AT.plusSeconds(9)).holds()).isTrue();
        assertThat(of(AT.plusSeconds(10)).isKnown()).isFalse();
    }

    private Completeness of(Instant after) {
        return Completeness.of("v2", v2, "v1", v1, after);
    }

    private static void count(SortedMap<Instant, Long> counts, int second, long items) {
        counts.put(AT.plusSeconds(second), items);
    }
}
