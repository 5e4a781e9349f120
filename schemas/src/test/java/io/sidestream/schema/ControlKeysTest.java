package io.sidestream.schema;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ControlKeysTest {

    @Test
    void tellsAliasesFromVersions() {
        assertThat(ControlKeys.alias(ControlKeys.ACTIVE)).isEqualTo("@active");
        assertThat(ControlKeys.isAlias("@active")).isTrue();
        assertThat(ControlKeys.isAlias("active")).isFalse();
        assertThat(ControlKeys.isAlias("")).isFalse();
    }

    @Test
    void findsTheReportsOfOneVersionOnly() {
        assertThat(ControlKeys.isLiveOf("v1", ControlKeys.live("v1", 3))).isTrue();
        assertThat(ControlKeys.isLiveOf("v1", ControlKeys.live("v10", 3))).isFalse();
        assertThat(ControlKeys.isLiveOf("v1", ControlKeys.backfill("v1"))).isFalse();
        assertThat(ControlKeys.isLiveOf("v1", ControlKeys.retirement("v1"))).isFalse();
    }
}
