package io.sidestream.jobs;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class JobOptionsTest {

    @Test
    void refusesAMisspelledOptionAndNamesTheOthers() {
        assertThatThrownBy(() -> JobOptions.requireKnown(List.of("sidestream.assign.bundel-size")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sidestream.assign.bundel-size")
                .hasMessageContaining("sidestream.assign.bundle-size");
    }

    @Test
    void knowsItsOwnOptionsAndLeavesOthersToFlink() {
        assertThatCode(
                        () ->
                                JobOptions.requireKnown(
                                        List.of(
                                                "sidestream.sid.text.suffix",
                                                "sidestream.backfill.items-per-second",
                                                "sidestream.kafka.properties.security.protocol",
                                                "parallelism.default")))
                .doesNotThrowAnyException();
    }
}
