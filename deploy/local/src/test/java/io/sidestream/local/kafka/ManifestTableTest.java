package io.sidestream.local.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import io.sidestream.schema.SingleObjectFormat;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class ManifestTableTest {

    private final ManifestTable table = new ManifestTable();

    @Test
    void keepsTheLastManifestOfAVersion() {
        assertThat(apply("v1", manifest("v1", CodebookStatus.SHADOW))).isTrue();
        assertThat(apply("v1", manifest("v1", CodebookStatus.ACTIVE))).isTrue();
        assertThat(apply("v1", manifest("v1", CodebookStatus.ACTIVE))).isFalse();

        assertThat(table.now().manifests().get("v1").getStatus()).isEqualTo(CodebookStatus.ACTIVE);
    }

    @Test
    void knowsRetiredVersionsButDoesNotCountThemAsLive() {
        apply("v2", manifest("v2", CodebookStatus.SHADOW));
        apply("v3", manifest("v3", CodebookStatus.ACTIVE));
        apply("v1", manifest("v1", CodebookStatus.RETIRED));

        assertThat(table.now().manifests()).containsOnlyKeys("v1", "v2", "v3");
        assertThat(table.now().live())
                .extracting(CodebookManifest::getVersion)
                .containsExactly("v2", "v3");
    }

    @Test
    void forgetsAVersionAtANullValue() {
        apply("v1", manifest("v1", CodebookStatus.ACTIVE));

        assertThat(apply("v1", null)).isTrue();
        assertThat(apply("v1", null)).isFalse();
        assertThat(table.now().manifests()).isEmpty();
    }

    @Test
    void passesOverWhatTheJobRefuses() {
        byte[] manifest = manifest("v1", CodebookStatus.ACTIVE);

        assertThat(apply(null, manifest)).isFalse();
        assertThat(apply("v1", "nonsense".getBytes(UTF_8))).isFalse();
        assertThat(apply("v2", manifest)).isFalse();
        assertThat(table.now().manifests()).isEmpty();
    }

    @Test
    void knowsWhichVersionIsActive() {
        assertThat(apply("@active", alias("v1", null))).isTrue();
        assertThat(apply("@active", alias("v2", "v1"))).isTrue();
        assertThat(apply("@active", alias("v2", "v1"))).isFalse();
        assertThat(apply("@other", alias("v1", null))).isFalse();
        assertThat(apply("@active", manifest("v1", CodebookStatus.ACTIVE))).isFalse();

        assertThat(table.now().aliasOrNull()).isEqualTo(TestingVersions.active("v2", "v1"));
        assertThat(table.now().manifests()).isEmpty();
        assertThat(apply("@active", null)).isTrue();
        assertThat(table.now().aliasOrNull()).isNull();
    }

    private static byte[] alias(String version, String previous) {
        return TestingHourglass.bytes(TestingVersions.active(version, previous));
    }

    private boolean apply(String key, byte[] value) {
        return table.apply(
                new ConsumerRecord<>(
                        "sid-codebooks", 0, 0, key == null ? null : key.getBytes(UTF_8), value));
    }

    private static byte[] manifest(String version, CodebookStatus status) {
        return SingleObjectFormat.of(CodebookManifest.class)
                .encode(
                        CodebookManifest.newBuilder()
                                .setVersion(version)
                                .setUri("file:/codebooks/" + version)
                                .setSha256("00")
                                .setDimension(2)
                                .setLayerSizes(List.of(4))
                                .setNormalize(false)
                                .setStatus(status)
                                .setPublishedAt(Instant.EPOCH)
                                .build());
    }
}
