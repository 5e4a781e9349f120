package io.sidestream.codebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CodebookFileTest {
    private static final Codebook CODEBOOK =
            Codebook.of(
                    "v1",
                    3,
                    true,
                    new float[][] {{1, 2, 3, 4, 5, 6}, {-0f, Float.MIN_VALUE, 1e19f}},
                    Map.of("seed", "7", "note", "\"é\" \u0001"));

    @TempDir private Path directory;

    @Test
    void readsBackWhatItWrote() throws IOException {
        Path file = directory.resolve("c.safetensors");
        String sha256 = CodebookFile.write(CODEBOOK, file);
        CodebookFile.Loaded loaded = CodebookFile.read(file);
        assertSame(loaded.codebook(), CODEBOOK);
        assertThat(loaded.sha256()).isEqualTo(sha256).isEqualTo(CodebookFile.sha256(file));
    }

    @Test
    void readsBackLayersLargerThanItsBuffer() throws IOException {
        Random random = new Random(1);
        float[][] layers = {new float[7 * 5000], new float[7 * 12_345]};
        for (float[] layer : layers) {
            for (int i = 0; i < layer.length; i++) {
                layer[i] = (float) random.nextGaussian();
            }
        }
        Codebook large = Codebook.of("large", 7, false, layers, Map.of());
        assertSame(read(bytes(large)), large);
    }

    @Test
    void digestsTheBytesOfTheFile() throws Exception {
        Path file = directory.resolve("c.safetensors");
        String sha256 = CodebookFile.write(CODEBOOK, file);
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
        assertThat(sha256).isEqualTo(HexFormat.of().formatHex(digest));
    }

    @Test
    void writesTheSameBytesForTheSameCodebook() throws IOException {
        Codebook again =
                Codebook.of(
                        "v1",
                        3,
                        true,
                        new float[][] {CODEBOOK.layer(1).clone(), CODEBOOK.layer(2).clone()},
                        Map.of("note", "\"é\" \u0001", "seed", "7"));
        assertThat(bytes(again)).isEqualTo(bytes(CODEBOOK));
    }

    @Test
    void writesSafetensorsThatAnyoneCanRead() throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(bytes(CODEBOOK)).order(ByteOrder.LITTLE_ENDIAN);
        int headerLength = (int) bytes.getLong();
        assertThat((8 + headerLength) % 64).as("alignment of the data").isZero();
        byte[] headerBytes = new byte[headerLength];
        bytes.get(headerBytes);
        JsonNode header = new ObjectMapper().readTree(headerBytes);
        assertThat(header.size()).isEqualTo(3);
        assertThat(header.at("/__metadata__/format").asText()).isEqualTo("sidestream-codebook");
        assertThat(header.at("/__metadata__/version").asText()).isEqualTo("v1");
        assertThat(header.at("/__metadata__/normalize").asText()).isEqualTo("true");
        assertThat(header.at("/__metadata__/fact.seed").asText()).isEqualTo("7");
        assertThat(header.path("layer_1"))
                .hasToString("{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}");
        assertThat(header.path("layer_2"))
                .hasToString("{\"dtype\":\"F32\",\"shape\":[1,3],\"data_offsets\":[24,36]}");
        assertThat(bytes.remaining()).isEqualTo(36);
        assertThat(bytes.getFloat(8 + headerLength + 20)).isEqualTo(6);
    }

    @Test
    void replacesAFileAndLeavesNothingElseBehind() throws IOException {
        Path file = directory.resolve("c.safetensors");
        CodebookFile.write(CODEBOOK.withVersion("old"), file);
        CodebookFile.write(CODEBOOK, file);
        assertThat(CodebookFile.read(file).codebook().version()).isEqualTo("v1");
        assertThat(directory.toFile().list()).containsExactly("c.safetensors");
    }

    @Test
    void refusesAFileCutAtAnyByte() throws IOException {
        byte[] whole = bytes(CODEBOOK);
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> read(cut))
                    .as("first %d bytes", length)
                    .isInstanceOf(CodebookFileException.class);
        }
    }

    @Test
    void refusesToAllocateWhatAShortFileOnlyPromises() throws IOException {
        Path file = directory.resolve("c.safetensors");
        String header =
                """
                {"layer_1":{"dtype":"F32","shape":[500000000,4],"data_offsets":[0,8000000000]}}\
                """;
        Files.write(file, file(header, new byte[16]));
        assertThatThrownBy(() -> CodebookFile.read(file))
                .isInstanceOf(CodebookFileException.class)
                .hasMessageContaining("is truncated: it has 103 of 8000000087 bytes");
    }

    @ParameterizedTest
    @MethodSource
    void refuses(byte[] bytes, String problem) {
        assertThatThrownBy(() -> read(bytes))
                .isInstanceOf(CodebookFileException.class)
                .hasMessageStartingWith("here: ")
                .hasMessageContaining(problem);
    }

    static Stream<Arguments> refuses() {
        String metadata =
                """
                "__metadata__":{"format":"sidestream-codebook","format_version":"1",\
                "version":"v1","dimension":"2","normalize":"false"}\
                """;
        String layers = layer(1, "[2,2]", 0, 16) + "," + layer(2, "[1,2]", 16, 24);
        byte[] data = new byte[24];
        byte[] nan = new byte[24];
        ByteBuffer.wrap(nan).order(ByteOrder.LITTLE_ENDIAN).putFloat(12, Float.NaN);
        return Stream.of(
                refusal(metadata + "," + layers, new byte[25], "goes on after its last tensor"),
                refusal(metadata + "," + layers, nan, "layer 1, codeword 1, component 1 is NaN"),
                refusal(layers, data, "not a Sidestream codebook"),
                refusal(metadata, new byte[0], "has the tensors []"),
                refusal(
                        metadata.replace("_version\":\"1", "_version\":\"2") + "," + layers,
                        data,
                        "format version \"2\""),
                refusal(
                        metadata.replace("false", "no") + "," + layers,
                        data,
                        "normalize is \"no\""),
                refusal(metadata.replace("\"2\"", "\"3\"") + "," + layers, data, "dimension \"3\""),
                refusal(metadata.replace("v1", "v 1") + "," + layers, data, "version \"v 1\""),
                refusal(
                        metadata + "," + layers.replace("layer_2", "layer_3"),
                        data,
                        "has the tensors [layer_1, layer_3]"),
                refusal(
                        metadata + "," + layers + "," + layer(0, "[1,2]", 24, 32),
                        new byte[32],
                        "and no others"),
                refusal(
                        metadata + "," + layer(1, "[2,2]", 0, 16) + "," + layer(2, "[2,1]", 16, 24),
                        data,
                        "layer_2 has dimension 1, but layer_1 has 2"),
                refusal(
                        metadata + "," + layer(1, "[2,2]", 0, 16).replace("F32", "I32"),
                        new byte[16],
                        "dtype I32"),
                refusal(
                        metadata + "," + layer(1, "[2,2]", 0, 32).replace("F32", "F64"),
                        new byte[32],
                        "dtype F64, and a codebook has F32 only"),
                refusal(metadata + "," + layer(1, "[4]", 0, 16), data, "has shape [4]"),
                refusal(metadata + "," + layer(1, "[0,2]", 0, 0), data, "has shape [0,2]"),
                refusal(metadata + "," + layer(1, "[2,-2]", 0, 16), data, "has shape [2,-2]"),
                refusal(
                        metadata + "," + layer(1, "[65536,65536]", 0, 17179869184L),
                        data,
                        "less than 2^31 values"),
                refusal(metadata + "," + layer(1, "[2,2]", 0, 20), data, "data_offsets [0,20]"),
                refusal(metadata + "," + layer(1, "[2,2]", 8, 24), data, "begins at 8"),
                refusal(
                        metadata + "," + layer(1, "[2,2]", 0, 16) + "," + layer(2, "[1,2]", 8, 16),
                        data,
                        "begins at 8, where 16 was due"),
                refusal(
                        metadata + "," + layer(1, "[1,2]", 0, 8) + "," + layer(1, "[1,2]", 8, 16),
                        data,
                        "its header is not JSON, from byte"),
                Arguments.of(file("[1, 2]", data), "not a JSON object"),
                Arguments.of(file("{\"a\":", data), "its header is not JSON"),
                Arguments.of(file("{} {}", data), "its header is not JSON"),
                Arguments.of(new byte[] {1, 2, 3}, "ends after 3 bytes"),
                Arguments.of(
                        "just a text file, and not a codebook".getBytes(StandardCharsets.UTF_8),
                        "its header would have"));
    }

    private static Arguments refusal(String fields, byte[] data, String problem) {
        return Arguments.of(file("{" + fields + "}", data), problem);
    }

    private static String layer(int layer, String shape, long begin, long end) {
        return "\"layer_%d\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                .formatted(layer, shape, begin, end);
    }

    private static byte[] file(String header, byte[] data) {
        byte[] bytes = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + bytes.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(bytes.length)
                .put(bytes)
                .put(data)
                .array();
    }

    private static byte[] bytes(Codebook codebook) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        CodebookFile.write(codebook, out);
        return out.toByteArray();
    }

    private static Codebook read(byte[] bytes) throws IOException {
        return CodebookFile.read(new ByteArrayInputStream(bytes), "here").codebook();
    }

    private static void assertSame(Codebook actual, Codebook expected) {
        assertThat(actual.version()).isEqualTo(expected.version());
        assertThat(actual.dimension()).isEqualTo(expected.dimension());
        assertThat(actual.normalize()).isEqualTo(expected.normalize());
        assertThat(actual.facts()).isEqualTo(expected.facts());
        assertThat(actual.layerSizes()).isEqualTo(expected.layerSizes());
        for (int l = 1; l <= expected.layers(); l++) {
            assertThat(Arrays.equals(actual.layer(l), expected.layer(l)))
                    .as("layer %d", l)
                    .isTrue();
        }
    }
}
