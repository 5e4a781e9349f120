package io.sidestream.codebook;

import static io.sidestream.embedding.TestNpy.doubles;
import static io.sidestream.embedding.TestNpy.floats;
import static io.sidestream.embedding.TestNpy.npy;
import static io.sidestream.embedding.TestNpy.npz;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CodebookImportTest {
    private static final float[] LAYER_1 = {0.1f, -2, 3e15f, 4, 5, 6, 7, Float.MIN_VALUE};
    private static final float[] LAYER_2 = {9, 10, 11, 12};

    @TempDir private Path directory;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void readsNpzWithUnequalLayers(boolean deflated) throws IOException {
        byte[] bytes =
                npz(
                        deflated,
                        Map.of(
                                "codebook_1", npy("<f4", "(2, 2)", floats(LAYER_2)),
                                "codebook_0", npy("<f4", "(4, 2)", floats(LAYER_1)),
                                "comment", npy("|S3", "(1,)", new byte[3])));
        assertHoldsBothLayers(read(bytes), "npz");
    }

    @Test
    void readsNpy() throws IOException {
        Codebook codebook = read(npy("<f4", "(2, 2, 2)", floats(LAYER_1)));
        assertThat(codebook.layers()).isEqualTo(2);
        assertThat(codebook.dimension()).isEqualTo(2);
        assertThat(codebook.layer(1)).containsExactly(Arrays.copyOf(LAYER_1, 4));
        assertThat(codebook.layer(2)).containsExactly(Arrays.copyOfRange(LAYER_1, 4, 8));
    }

    @Test
    void roundsDoublesAndSaysSo() throws IOException {
        Codebook codebook = read(npy("<f8", "(1, 1, 2)", doubles(0.1, 1 + 0x1p-25)));
        assertThat(codebook.layer(1)).containsExactly(0.1f, 1);
        assertThat(codebook.facts()).containsEntry("source_dtype", "<f8");
    }

    @Test
    void readsSafetensorsOfOthersInAnyOrderAndType() throws IOException {
        String header =
                """
                {"layer_2":{"dtype":"BF16","shape":[1,2],"data_offsets":[0,4]},\
                "layer_1":{"dtype":"F16","shape":[2,2],"data_offsets":[4,12]}}\
                """;
        ByteBuffer data = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
        data.putShort((short) 0x3fc0).putShort((short) 0xc000); // 1.5, -2
        data.putShort((short) 0x3c00).putShort((short) 0xc000); // 1, -2
        data.putShort((short) 0x3800).putShort((short) 0x0000); // 0.5, 0
        Codebook codebook = read(safetensors(header, data.array()));
        assertThat(codebook.layer(1)).containsExactly(1, -2, 0.5f, 0);
        assertThat(codebook.layer(2)).containsExactly(1.5f, -2);
        assertThat(codebook.facts()).containsEntry("source_dtype", "BF16,F16");
    }

    @Test
    void renamesACodebookOfOurOwn() throws IOException {
        Codebook original =
                Codebook.of("old", 2, true, new float[][] {LAYER_2}, Map.of("seed", "1"));
        Path file = directory.resolve("own");
        CodebookFile.write(original, file);
        Codebook renamed = CodebookImport.read(file, "new", true);
        assertThat(renamed.version()).isEqualTo("new");
        assertThat(renamed.facts()).isEqualTo(original.facts());
        assertThat(renamed.layer(1)).containsExactly(LAYER_2);
        assertThatThrownBy(() -> CodebookImport.read(file, "new", false))
                .isInstanceOf(CodebookFileException.class)
                .hasMessageContaining("normalize=true: import it with normalization");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 6, 9})
    void readsFaissWithEverySearchType(int searchType) throws IOException {
        assertHoldsBothLayers(read(new Faiss().searchType(searchType).bytes()), "faiss");
    }

    @Test
    void readsFaissWithOtherMetricsAndTheOldLayout() throws IOException {
        assertHoldsBothLayers(read(new Faiss().metric(3).bytes()), "faiss");
        assertHoldsBothLayers(read(new Faiss().type("IxRQ").bytes()), "faiss");
        assertHoldsBothLayers(read(new Faiss().vectors(5).bytes()), "faiss");
    }

    @ParameterizedTest
    @ValueSource(strings = {"IxRq", "IxRQ"})
    void refusesAFaissFileCutAtAnyByte(String type) throws IOException {
        byte[] whole = new Faiss().type(type).vectors(3).bytes();
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> read(cut))
                    .as("first %d bytes", length)
                    .isInstanceOf(CodebookFileException.class);
        }
    }

    @ParameterizedTest
    @MethodSource
    void refuses(byte[] bytes, String problem) {
        assertThatThrownBy(() -> read(bytes))
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(1000))
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("secret", "\u001b"))
                .isInstanceOf(CodebookFileException.class)
                .hasMessageStartingWith(directory.resolve("imported").toString())
                .hasMessageContaining(problem);
    }

    static Stream<Arguments> refuses() {
        byte[] layer = npy("<f4", "(2, 2)", floats(LAYER_2));
        byte[] nan = npy("<f4", "(1, 2, 2)", floats(1, 2, 3, Float.NaN));
        return Stream.of(
                Arguments.of(new byte[0], "is empty"),
                Arguments.of("{\"a\": 1}".getBytes(StandardCharsets.UTF_8), "of no known kind"),
                Arguments.of(layer, "layers x codewords x dimension is needed"),
                Arguments.of(npy("<f4", "(0, 2, 2)", new byte[0]), "has shape (0, 2, 2)"),
                Arguments.of(npy("<i4", "(1, 2, 2)", floats(LAYER_2)), "where floats are wanted"),
                Arguments.of(Arrays.copyOf(nan, nan.length - 1), "is truncated"),
                Arguments.of(nan, "layer 1, codeword 1, component 1 is NaN"),
                Arguments.of(npz(false, Map.of("layer", layer)), "has the arrays [layer]"),
                Arguments.of(npz(false, Map.of("codebook_1", layer)), "no array \"codebook_0\""),
                Arguments.of(
                        npz(false, Map.of("codebook_0", npy("<f4", "(4,)", floats(LAYER_2)))),
                        "array codebook_0: has shape (4,)"),
                Arguments.of(
                        npz(
                                false,
                                Map.of(
                                        "codebook_0",
                                        layer,
                                        "codebook_1",
                                        npy("<f4", "(4, 1)", floats(LAYER_2)))),
                        "has dimension 1, but codebook_0 has 2"),
                Arguments.of(
                        safetensors(
                                """
                                {"weights":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}\
                                """,
                                new byte[4]),
                        "has the tensors [weights]"),
                Arguments.of(new Faiss().type("IwPQ").bytes(), "type \"IwPQ\" (IndexIVFPQ)"),
                Arguments.of(new Faiss().type("Zzzz").bytes(), "only IndexResidualQuantizer"),
                Arguments.of(new Faiss().trained(false).bytes(), "is not trained"),
                Arguments.of(new Faiss().quantizerDimension(3).bytes(), "dimension is 2"),
                Arguments.of(new Faiss().bits(2, 2).bytes(), "stores 12 codebook values"),
                Arguments.of(new Faiss().bits(2, 99).bytes(), "layer 2 has 99 bits"),
                Arguments.of(new Faiss().bits().bytes(), "it has 0 layers"),
                Arguments.of(new Faiss().bits(new int[33]).bytes(), "it has 33 layers"),
                Arguments.of(new Faiss().metric(5).bytes(), "metric type is 5"),
                Arguments.of(new Faiss().metric(-1).bytes(), "metric type is -1"),
                Arguments.of(
                        Arrays.copyOf(new Faiss().bytes(), new Faiss().bytes().length + 3),
                        "goes on after its codes, for 3 bytes"),
                Arguments.of(npy("<f4", "(33, 1, 1)", new byte[132]), "at most 32 layers"),
                Arguments.of(npy("<f4", "(1, 1, 65537)", new byte[65537 * 4]), "dimension 65536"),
                Arguments.of(
                        safetensors("{\"\\u001b[2J" + "x".repeat(40_000) + "\":1}", new byte[0]),
                        "\\u001b[2Jxxx"),
                Arguments.of(
                        safetensors("{secret of this machine", new byte[0]),
                        "its header is not JSON"),
                Arguments.of(new Faiss().searchType(77).bytes(), "search type is 77"));
    }

    @Test
    void refusesAVersionNameBeforeItReads() {
        assertThatThrownBy(() -> CodebookImport.read(directory.resolve("none"), "v 1", false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("codebook version \"v 1\"");
    }

    private Codebook read(byte[] bytes) throws IOException {
        Path file = Files.write(directory.resolve("imported"), bytes);
        return CodebookImport.read(file, "v1", false);
    }

    private static void assertHoldsBothLayers(Codebook codebook, String format) {
        assertThat(codebook.version()).isEqualTo("v1");
        assertThat(codebook.dimension()).isEqualTo(2);
        assertThat(codebook.layers()).isEqualTo(2);
        assertThat(codebook.layer(1)).containsExactly(LAYER_1);
        assertThat(codebook.layer(2)).containsExactly(LAYER_2);
        assertThat(codebook.facts())
                .containsEntry("source_format", format)
                .containsEntry("source_dtype", "<f4");
    }

    private static byte[] safetensors(String header, byte[] data) {
        return ByteBuffer.allocate(8 + header.length() + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length())
                .put(header.getBytes(StandardCharsets.US_ASCII))
                .put(data)
                .array();
    }

    /** Writes an index file as FAISS does. */
    private static final class Faiss {
        private String type = "IxRq";
        private int metric = 1;
        private boolean trained = true;
        private long quantizerDimension = 2;
        private int[] bits = {2, 1};
        private int searchType;
        private int vectors;

        Faiss type(String value) {
            type = value;
            return this;
        }

        Faiss metric(int value) {
            metric = value;
            return this;
        }

        Faiss trained(boolean value) {
            trained = value;
            return this;
        }

        Faiss quantizerDimension(long value) {
            quantizerDimension = value;
            return this;
        }

        Faiss bits(int... values) {
            bits = values;
            return this;
        }

        Faiss searchType(int value) {
            searchType = value;
            return this;
        }

        Faiss vectors(int value) {
            vectors = value;
            return this;
        }

        byte[] bytes() {
            boolean old = type.equals("IxRQ");
            ByteBuffer out = ByteBuffer.allocate(1000).order(ByteOrder.LITTLE_ENDIAN);
            out.put(type.getBytes(StandardCharsets.US_ASCII));
            out.putInt(2).putLong(vectors).putLong(1 << 20).putLong(1 << 20);
            out.put((byte) (trained ? 1 : 0)).putInt(metric);
            if (metric > 1) {
                out.putFloat(2);
            }
            out.putLong(quantizerDimension).putLong(bits.length).putLong(bits.length);
            for (int width : bits) {
                out.putLong(width);
            }
            out.put((byte) (trained ? 1 : 0));
            if (old) {
                out.putInt(1).putInt(5);
            }
            out.putLong(LAYER_1.length + LAYER_2.length);
            out.put(floats(LAYER_1)).put(floats(LAYER_2));
            out.putInt(searchType).putFloat(0).putFloat(1);
            if (!old) {
                if (searchType >= 6) {
                    out.putLong(3).put(new byte[12]);
                }
                if (searchType >= 8) {
                    out.putLong(2).put(new byte[8]);
                }
                out.putInt(1).putInt(5);
            }
            out.putLong(1).putLong(vectors).put(new byte[vectors]);
            return Arrays.copyOf(out.array(), out.position());
        }
    }
}
