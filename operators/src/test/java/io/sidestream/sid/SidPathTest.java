package io.sidestream.sid;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SidPathTest {

    @Test
    void isEqualByVersionAndTokens() {
        SidPath path = new SidPath("v1", new int[] {1, 2});

        assertThat(path).isEqualTo(new SidPath("v1", new int[] {1, 2}));
        assertThat(path).hasSameHashCodeAs(new SidPath("v1", new int[] {1, 2}));
        assertThat(path).isNotEqualTo(new SidPath("v2", new int[] {1, 2}));
        assertThat(path).isNotEqualTo(new SidPath("v1", new int[] {2, 1}));
        assertThat(path).isNotEqualTo(new SidPath("v1", new int[] {1, SidPath.DROPPED}));
    }

    /** State is spread by it, so that it may never change. */
    @Test
    void hashesAsItAlwaysHas() {
        assertThat(new SidPath("v1", new int[] {1, 2, 3}).hashCode()).isEqualTo(140573287);
    }

    @Test
    void hashesPathsOfSmallTokensApart() {
        Set<Integer> hashes = new HashSet<>();
        for (int a = 0; a < 64; a++) {
            for (int b = 0; b < 64; b++) {
                for (int c = 0; c < 16; c++) {
                    hashes.add(new SidPath("v1", new int[] {a, b, c}).hashCode());
                }
            }
        }
        assertThat(hashes).hasSizeGreaterThan(65_536 - 10);
    }
}
