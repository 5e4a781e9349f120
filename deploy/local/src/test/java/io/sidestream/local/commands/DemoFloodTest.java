package io.sidestream.local.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.codebook.Codebook;
import io.sidestream.codebook.CodebookTrainer;
import io.sidestream.codebook.TrainingOptions;
import io.sidestream.embedding.EmbeddingReader;
import io.sidestream.hourglass.TokenSkew;
import io.sidestream.quantize.ResidualQuantizer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoFloodTest {

    private static final int VARIANTS = 20_000;

    @TempDir private Path directory;

    @Test
    void narrowsTheSecondLayerOnly() throws IOException {
        DemoCatalog catalog = DemoCatalog.unpack(directory);
        Codebook codebook =
                CodebookTrainer.train(
                        "v1",
                        catalog.items(),
                        TrainingOptions.builder(new int[] {64, 64, 64}).maxIterations(5).build(),
                        progress -> {});
        DemoFlood flood = DemoFlood.of(catalog, codebook, VARIANTS);

        long[][] counts = new long[3][64];
        count(catalog.reader(), codebook, counts);
        for (long[] layer : counts) {
            assertThat(TokenSkew.of(layer).entropyRatio()).isGreaterThan(0.95);
        }
        count(flood.part(0, VARIANTS), codebook, counts);
        assertThat(TokenSkew.of(counts[0]).entropyRatio()).isGreaterThan(0.85);
        assertThat(TokenSkew.of(counts[1]).entropyRatio()).isLessThan(0.75);
        assertThat(TokenSkew.of(counts[2]).entropyRatio()).isGreaterThan(0.85);
    }

    private static void count(EmbeddingReader items, Codebook codebook, long[][] counts)
            throws IOException {
        ResidualQuantizer.Worker worker = codebook.quantizer().worker();
        int[] codes = new int[counts.length];
        try (items) {
            while (items.next()) {
                worker.quantize(items.embedding(), 1, codes);
                for (int layer = 0; layer < codes.length; layer++) {
                    counts[layer][codes[layer]]++;
                }
            }
        }
    }
}
