package io.sidestream.local.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidestream.local.UserError;
import io.sidestream.schema.SidToken;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.UpdateReason;
import io.sidestream.sid.SidPath;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PublishedItemsTest {

    private final PublishedItems items = new PublishedItems(List.of(8, 4));

    @Test
    void tellsCodesAndThePathThatIsPublished() {
        apply(item("a", 7, 3));
        apply(TestingUpdates.dropping(2, item("b", 1, 0)));
        apply(TestingUpdates.dropping(1, item("c", 0, 2)));

        assertThat(shown())
                .containsExactlyInAnyOrder(
                        "[7, 3] as [7, 3]",
                        "[1, 0] as [1, %d]".formatted(SidPath.DROPPED),
                        "[0, 2] as [%d, 2]".formatted(SidPath.DROPPED));
    }

    @Test
    void keepsTheLastUpdateOfAnItemAndForgetsDeletedOnes() {
        apply(item("a", 1, 1));
        apply(item("b", 2, 2));
        apply(item("c", 3, 3));
        apply(item("a", 4, 3));
        apply(TestingUpdates.of("b", "v1", UpdateReason.DELETED, -1, 2, 2));
        items.apply("c", null);

        assertThat(items.size()).isEqualTo(1);
        assertThat(shown()).containsExactly("[4, 3] as [4, 3]");
    }

    @Test
    void refusesCodesThatTheCodebookCannotHaveGiven() {
        for (SidUpdate foreign :
                List.of(item("x", 8, 0), item("x", -1, 0), item("x", 1), item("x", 1, 2, 3))) {
            assertThatThrownBy(() -> apply(foreign))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("\"x\"")
                    .hasMessageContaining("[8, 4] codewords");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 3})
    void refusesATokenThatIsNoneOfTheCodes(int layer) {
        SidUpdate foreign =
                SidUpdate.newBuilder(item("x", 1, 1))
                        .setSid(List.of(new SidToken(layer, 3)))
                        .build();

        assertThatThrownBy(() -> apply(foreign)).isInstanceOf(UserError.class);
    }

    private static SidUpdate item(String id, int... codes) {
        return TestingUpdates.of(id, "v1", UpdateReason.NEW, 0, codes);
    }

    private void apply(SidUpdate update) {
        items.apply(update.getItemId(), update);
    }

    private List<String> shown() {
        List<String> shown = new ArrayList<>();
        items.forEach(
                (codes, path) ->
                        shown.add(Arrays.toString(codes) + " as " + Arrays.toString(path)));
        return shown;
    }
}
