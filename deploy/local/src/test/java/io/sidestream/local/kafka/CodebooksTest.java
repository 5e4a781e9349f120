package io.sidestream.local.kafka;

import static io.sidestream.local.kafka.TestingVersions.AT;
import static io.sidestream.local.kafka.TestingVersions.active;
import static io.sidestream.local.kafka.TestingVersions.codebooks;
import static io.sidestream.local.kafka.TestingVersions.manifest;
import static io.sidestream.schema.CodebookStatus.ACTIVE;
import static io.sidestream.schema.CodebookStatus.READY;
import static io.sidestream.schema.CodebookStatus.RETIRED;
import static io.sidestream.schema.CodebookStatus.SHADOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.sidestream.local.UserError;
import io.sidestream.local.kafka.Codebooks.Change;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.Topics;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class CodebooksTest {

    private static final Topics TOPICS = new Topics("shop.");
    private static final Instant LATER = AT.plusSeconds(60);

    @Test
    void activatesAVersionInThePlaceOfTheOneThatWas() {
        Codebooks before =
                codebooks(active("v1", null), manifest("v1", ACTIVE), manifest("v2", READY));

        Change change = before.activating(manifest("v2", READY), TOPICS, LATER);

        assertThat(change.manifests())
                .extracting(
                        CodebookManifest::getVersion,
                        CodebookManifest::getStatus,
                        CodebookManifest::getPublishedAt)
                .containsExactly(tuple("v2", ACTIVE, LATER), tuple("v1", READY, LATER));
        assertThat(change.aliasOrNull().getCodebookVersion()).isEqualTo("v2");
        assertThat(change.aliasOrNull().getPreviousVersion()).isEqualTo("v1");
        assertThat(change.aliasOrNull().getTopic()).isEqualTo("shop.sid-updates.v2");
        Codebooks after = before.with(change);
        assertThat(after.isTheActiveOne("v2")).isTrue();
        assertThat(after.previous()).contains("v1");
        assertThat(after.activating(after.require("v2"), TOPICS, LATER).isEmpty()).isTrue();
        assertThat(after.with(after.activating(after.require("v1"), TOPICS, LATER)).previous())
                .as("back again")
                .contains("v2");
    }

    @Test
    void activatesTheFirstVersionOfAll() {
        Codebooks after =
                codebooks(null)
                        .with(codebooks(null).activating(manifest("v1", SHADOW), TOPICS, LATER));

        assertThat(after.isTheActiveOne("v1")).isTrue();
        assertThat(after.previous()).isEmpty();
    }

    @Test
    void putsTheAliasAndTheStatusesInAccord() {
        Codebooks withoutAlias = codebooks(null, manifest("v1", ACTIVE));
        Codebooks withTwo =
                codebooks(active("v1", null), manifest("v1", ACTIVE), manifest("v2", ACTIVE));

        assertThat(withoutAlias.isTheActiveOne("v1")).isFalse();
        Change alias = withoutAlias.activating(manifest("v1", ACTIVE), TOPICS, LATER);
        assertThat(alias.manifests()).isEmpty();
        assertThat(withoutAlias.with(alias).isTheActiveOne("v1")).isTrue();
        Change demotion = withTwo.activating(manifest("v1", ACTIVE), TOPICS, LATER);
        assertThat(demotion.aliasOrNull()).isNull();
        assertThat(withTwo.with(demotion).isTheActiveOne("v1")).isTrue();
    }

    @Test
    void retiresAVersionAlsoAsTheOneToGoBackTo() {
        Codebooks before =
                codebooks(
                        active("v3", "v2"),
                        manifest("v1", READY),
                        manifest("v2", READY),
                        manifest("v3", ACTIVE));

        assertThat(before.retiring("v1", LATER).aliasOrNull()).isNull();
        Codebooks after = before.with(before.retiring("v2", LATER));
        assertThat(after.require("v2").getStatus()).isEqualTo(RETIRED);
        assertThat(after.previous()).isEmpty();
        assertThat(after.isTheActiveOne("v3")).isTrue();
        assertThat(after.live()).extracting(CodebookManifest::getVersion).contains("v1", "v3");
    }

    @Test
    void namesTheVersionsThereAre() {
        assertThatThrownBy(() -> codebooks(null).require("v9"))
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll("no codebook version v9", "none is published");
        assertThatThrownBy(
                        () ->
                                codebooks(null, manifest("v1", RETIRED), manifest("v2", SHADOW))
                                        .require("v9"))
                .hasMessageContaining("published are v1, v2");
    }
}
