package io.sidestream.local.screen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class LayerPictureTest {

    @Test
    void drawsTheMostFrequentTokenFirst() {
        LayerPicture picture = LayerPicture.of(List.of(1L, 16L, 0L, 4L), new BitSet(), 4);

        assertThat(picture.highest()).isCloseTo(16 / (21 / 4.0), within(1e-12));
        assertThat(draw(picture, 1)).containsExactly("█▄▂ ");
        assertThat(draw(picture, 2)).containsExactly("█   ", "██▄ ");
    }

    @Test
    void letsTokensShareAColumn() {
        LayerPicture picture = LayerPicture.of(List.of(8L, 4L, 2L, 1L, 1L, 0L), new BitSet(), 3);

        assertThat(picture.highest()).isCloseTo(6 / (16 / 6.0), within(1e-12));
        assertThat(draw(picture, 1)).containsExactly("█▄▃");
    }

    @Test
    void givesATokenSeveralColumnsWhereThereIsRoom() {
        assertThat(draw(LayerPicture.of(List.of(1L, 4L), new BitSet(), 5), 1))
                .containsExactly("██▄▄");
    }

    @Test
    void drawsBinsOfRanksAsHighAsTheMeanOfTheirTokens() {
        List<Long> bins = new ArrayList<>(Collections.nCopies(1024, 0L));
        bins.set(0, 90L);
        bins.set(512, 10L);

        LayerPicture picture = LayerPicture.ofRanks(bins, 102_400, false, 4);

        assertThat(picture.highest()).isCloseTo(4 * 0.9, within(1e-12));
        assertThat(draw(picture, 1)).containsExactly("█ ▃ ");
        assertThat(
                        LayerPicture.ofRanks(bins, 102_400, true, 4)
                                .draw(1, picture.highest(), "-%s-"::formatted))
                .containsExactly("-█ ▃ -");
    }

    @Test
    void keepsTheScaleOfAnotherLayer() {
        LayerPicture picture = LayerPicture.of(List.of(5L, 5L), new BitSet(), 2);

        assertThat(picture.highest()).isEqualTo(1);
        assertThat(picture.draw(1, 4, UnaryOperator.identity())).containsExactly("▄▄");
        assertThat(picture.draw(1, 1e6, UnaryOperator.identity())).containsExactly("▁▁");
    }

    @Test
    void setsOffTheTokensThatAPlanDrops() {
        BitSet head = new BitSet();
        head.set(2);
        head.set(3);
        LayerPicture picture = LayerPicture.of(List.of(1L, 1L, 9L, 4L), head, 4);

        assertThat(picture.draw(1, picture.highest(), bars -> "[" + bars + "]"))
                .containsExactly("[█▆]▃▃");
    }

    @Test
    void drawsNothingOfNoItems() {
        LayerPicture picture = LayerPicture.of(Collections.nCopies(3, 0L), new BitSet(), 7);

        assertThat(picture.highest()).isZero();
        assertThat(draw(picture, 2)).containsExactly("      ", "      ");
    }

    private static List<String> draw(LayerPicture picture, int rows) {
        return picture.draw(rows, picture.highest(), UnaryOperator.identity());
    }
}
