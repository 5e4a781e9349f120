package io.sidestream.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidestream.schema.Topics.CleanUp;
import io.sidestream.schema.Topics.Topic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicsTest {

    @Test
    void namesEveryTopicUnderThePrefix() {
        assertThat(new Topics("shop1.").fixed())
                .containsExactlyInAnyOrder(
                        new Topic("shop1.item-embeddings", CleanUp.COMPACT),
                        new Topic("shop1.sid-codebooks", CleanUp.COMPACT),
                        new Topic("shop1.sid-assignments", CleanUp.DELETE),
                        new Topic("shop1.sid-progress", CleanUp.COMPACT),
                        new Topic("shop1.sid-remaps", CleanUp.DELETE),
                        new Topic("shop1.sid-hourglass", CleanUp.DELETE),
                        new Topic("shop1.sid-dead-letters", CleanUp.DELETE));
        assertThat(new Topics("").itemEmbeddings()).isEqualTo("item-embeddings");
    }

    @Test
    void givesEveryCodebookVersionATopicOfItsOwn() {
        assertThat(new Topics("").ofVersion("v1"))
                .isEqualTo(new Topic("sid-updates.v1", CleanUp.COMPACT));
    }

    @Test
    void staysWithinTheLongestNameThatKafkaTakes() {
        Topics topics = new Topics("p".repeat(100));

        assertThat(topics.updates("v".repeat(64))).hasSizeLessThanOrEqualTo(249);
    }

    @ParameterizedTest
    @ValueSource(strings = {"shop 1.", "shop/1", "日本."})
    void refusesAPrefixThatKafkaWouldRefuse(String prefix) {
        assertThatThrownBy(() -> new Topics(prefix))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + prefix + "'");
    }

    @Test
    void refusesAPrefixThatLeavesNoRoomForAVersion() {
        assertThatThrownBy(() -> new Topics("p".repeat(101)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at most 100");
    }
}
