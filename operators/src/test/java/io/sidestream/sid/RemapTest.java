package io.sidestream.sid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class RemapTest {

    private static final Remap REMAP = new Remap(2, new int[] {3, 200});

    @Test
    void dropsHeadTokensOfItsLayerOnly() {
        assertThat(REMAP.drops(new int[] {0, 3, 0})).isTrue();
        assertThat(REMAP.drops(new int[] {0, 200, 0})).isTrue();
        assertThat(REMAP.drops(new int[] {3, 4, 3})).isFalse();
        assertThat(REMAP.drops(new int[] {3, 100_000, 3})).isFalse();
    }

    @Test
    void publishesTheCodesLessTheDroppedOne() {
        assertThat(REMAP.path("v1", new int[] {7, 3, 9}))
                .isEqualTo(new SidPath("v1", new int[] {7, SidPath.DROPPED, 9}));
        assertThat(REMAP.path("v1", new int[] {7, 4, 9}))
                .isEqualTo(new SidPath("v1", new int[] {7, 4, 9}));
    }

    @Test
    void leavesTheCodesAlone() {
        int[] codes = {7, 3, 9};

        REMAP.path("v1", codes);

        assertThat(codes).containsExactly(7, 3, 9);
    }

    @Test
    void dropsTheOnlyLayerOfACodebook() {
        assertThat(new Remap(1, new int[] {0}).path("v1", new int[] {0}))
                .isEqualTo(new SidPath("v1", new int[] {SidPath.DROPPED}));
    }

    @Test
    void dropsNothingWithoutAPlan() {
        assertThat(Remap.NONE.headTokens()).isEmpty();
        assertThat(Remap.NONE.path("v1", new int[] {0}))
                .isEqualTo(new SidPath("v1", new int[] {0}));
    }

    @Test
    void keepsItsTokensAscendingAndToItself() {
        int[] tokens = {5, 1, 5};
        Remap remap = new Remap(3, tokens);
        tokens[0] = 9;
        remap.headTokens()[0] = 9;

        assertThat(remap.layer()).isEqualTo(3);
        assertThat(remap.headTokens()).containsExactly(1, 5);
    }

    @Test
    void isEqualByContent() {
        assertThat(REMAP).isEqualTo(new Remap(2, new int[] {200, 3}));
        assertThat(REMAP).hasSameHashCodeAs(new Remap(2, new int[] {200, 3}));
        assertThat(REMAP).isNotEqualTo(new Remap(3, new int[] {3, 200}));
        assertThat(REMAP).isNotEqualTo(new Remap(2, new int[] {3}));
        assertThat(REMAP).hasToString("Remap[layer=2, headTokens={3, 200}]");
    }

    @Test
    void refusesLayersAndTokensThatCannotBe() {
        assertThatThrownBy(() -> new Remap(0, new int[] {1}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Layers are numbered from 1: 0");
        assertThatThrownBy(() -> new Remap(2, new int[] {1, -1}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Head token -1 of layer 2 is negative");
    }

    @Test
    void dropsAWholeLayerWithoutNamingItsTokens() {
        Remap remap = Remap.wholeLayer(2);

        assertThat(remap.drops(new int[] {0, 1_048_575})).isTrue();
        assertThat(remap.drops(new int[] {0})).isFalse();
        assertThat(remap.isEmpty()).isFalse();
        assertThat(remap.headTokens()).isEmpty();
        assertThat(remap.bitmap().remaining()).isZero();
        assertThat(remap.head(3).stream()).containsExactly(0, 1, 2);
        assertThat(remap).isNotEqualTo(new Remap(2, new int[0]));
    }

    @Test
    void namesATokenByABitOfItsByte() {
        Remap remap = new Remap(2, new int[] {0, 3, 17, 40});

        assertThat(remap.bitmap().array()).containsExactly(0b1001, 0, 0b10, 0, 0, 1);
        assertThat(remap.head(40).stream()).containsExactly(0, 3, 17);
        assertThat(remap.head(41).stream()).containsExactly(0, 3, 17, 40);
    }
}
