package io.sidestream.embedding;

import static io.sidestream.embedding.TestNpy.doubles;
import static io.sidestream.embedding.TestNpy.floats;
import static io.sidestream.embedding.TestNpy.npy;
import static io.sidestream.embedding.TestNpy.npz;
import static io.sidestream.embedding.TestNpy.write;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EmbeddingFileTest {
    private static final float[] VALUES = {1, -2.5f, 3, 0.1f, Float.NaN, Float.NEGATIVE_INFINITY};

    @TempDir private Path directory;

    @Test
    void readsRowsOfNpyAndNumbersThem() throws IOException {
        Path file = write(directory, "x.npy", npy("<f4", "(3, 2)", floats(VALUES)));
        try (EmbeddingReader reader = EmbeddingFile.open(file, null)) {
            assertThat(reader.dimension()).isEqualTo(2);
            assertThat(reader.count()).isEqualTo(3);
            assertThat(reader.next()).isTrue();
            assertThat(reader.id()).isEqualTo("0");
            assertThat(reader.embedding()).containsExactly(1, -2.5f);
            assertThat(reader.next()).isTrue();
            assertThat(reader.next()).isTrue();
            assertThat(reader.id()).isEqualTo("2");
            assertThat(reader.position()).isEqualTo("row 2");
            assertThat(reader.embedding()).containsExactly(Float.NaN, Float.NEGATIVE_INFINITY);
            assertThat(reader.next()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void readsEveryFormatVersion(int version) throws IOException {
        byte[] bytes = npy(version, "<f4", false, "(3, 2)", floats(VALUES));
        assertThat(values(write(directory, "x.npy", bytes))).containsExactly(VALUES);
    }

    @Test
    void readsBigEndian() throws IOException {
        ByteBuffer data = ByteBuffer.allocate(24).order(ByteOrder.BIG_ENDIAN);
        data.asFloatBuffer().put(VALUES);
        Path file = write(directory, "x.npy", npy(">f4", "(3, 2)", data.array()));
        assertThat(values(file)).containsExactly(VALUES);
    }

    @Test
    void roundsDoublesOnce() throws IOException {
        double between = 1 + 0x1p-24 + 0x1p-40;
        Path file = write(directory, "x.npy", npy("<f8", "(1, 2)", doubles(between, -1e300)));
        assertThat(values(file)).containsExactly(1 + 0x1p-23f, Float.NEGATIVE_INFINITY);
    }

    @Test
    void widensHalfPrecision() throws IOException {
        byte[] data = {0x00, 0x3c, 0x00, (byte) 0xc0}; // 1 and -2
        Path file = write(directory, "x.npy", npy("<f2", "(1, 2)", data));
        assertThat(values(file)).containsExactly(1, -2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x.npy", "x.npz"})
    void readsFortranOrderAcrossBlocks(String name) throws IOException {
        int rows = 20_000;
        int dimension = 3;
        float[] columns = new float[rows * dimension];
        for (int t = 0; t < dimension; t++) {
            for (int row = 0; row < rows; row++) {
                columns[t * rows + row] = 10 * row + t;
            }
        }
        byte[] array = npy(1, "<f4", true, "(20000, 3)", floats(columns));
        byte[] bytes = name.endsWith("npy") ? array : npz(true, Map.of("embeddings", array));
        try (EmbeddingReader reader = EmbeddingFile.open(write(directory, name, bytes), null)) {
            for (int row = 0; row < rows; row++) {
                assertThat(reader.next()).isTrue();
                assertThat(reader.embedding())
                        .containsExactly(10 * row, 10 * row + 1, 10 * row + 2);
            }
            assertThat(reader.next()).isFalse();
        }
    }

    @Test
    void acceptsAFileOfNoRows() throws IOException {
        Path file = write(directory, "x.npy", npy("<f4", "(0, 7)", new byte[0]));
        assertThat(EmbeddingFile.readAll(file, null).rows()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void readsTextIdsOfAnNpz(boolean deflated) throws IOException {
        byte[] ids = padded("UTF-32LE", 12, "a", "\u00e9\ud83d\ude00", "xyz");
        assertThat(ids(deflated, npy("<U3", "(3,)", ids))).containsExactly("a", "é😀", "xyz");
    }

    @Test
    void readsByteStringIdsAsUtf8() throws IOException {
        byte[] ids = padded("UTF-8", 5, "a", "\u00e9", "12345");
        assertThat(ids(false, npy("|S5", "(3,)", ids))).containsExactly("a", "é", "12345");
    }

    @Test
    void readsIntegerIdsAsDecimal() throws IOException {
        byte[] signed = {-1, 0, 127};
        assertThat(ids(false, npy("|i1", "(3,)", signed))).containsExactly("-1", "0", "127");
        assertThat(ids(false, npy("|u1", "(3,)", signed))).containsExactly("255", "0", "127");
        ByteBuffer longs = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
        longs.putLong(-1).putLong(7).putLong(Long.MIN_VALUE);
        assertThat(ids(true, npy("<i8", "(3,)", longs.array())))
                .containsExactly("-1", "7", "-9223372036854775808");
        assertThat(ids(true, npy("<u8", "(3,)", longs.array())))
                .containsExactly("18446744073709551615", "7", "9223372036854775808");
    }

    @Test
    void numbersTheRowsOfAnNpzWithoutIds() throws IOException {
        byte[] array = npy("<f4", "(3, 2)", floats(VALUES));
        Path file = write(directory, "x.npz", npz(false, Map.of("embeddings", array)));
        assertThat(EmbeddingFile.readAll(file, null).ids()).containsExactly("0", "1", "2");
    }

    @Test
    void takesIdsFromATextFile() throws IOException {
        Path file = write(directory, "x.npy", npy("<f4", "(3, 2)", floats(VALUES)));
        Path ids = text("ids.txt", "first\r\n\u2028 second \n\u00e9");
        assertThat(EmbeddingFile.readAll(file, ids).ids())
                .containsExactly("first", "\u2028 second ", "é");
        assertThat(EmbeddingFile.readIds(ids)).containsExactly("first", "\u2028 second ", "é");
    }

    @Test
    void prefersIdsOfATextFileToThoseOfTheArchive() throws IOException {
        Path file = write(directory, "x.npz", archive(npy("|i1", "(3,)", new byte[] {1, 2, 3})));
        assertThat(EmbeddingFile.readAll(file, text("ids.txt", "a\nb\nc\n")).ids())
                .containsExactly("a", "b", "c");
    }

    @Test
    void refusesATextFileWithAnotherNumberOfIds() throws IOException {
        Path file = write(directory, "x.npy", npy("<f4", "(3, 2)", floats(VALUES)));
        assertThatThrownBy(() -> EmbeddingFile.open(file, text("ids.txt", "a\nb\n")))
                .isInstanceOf(EmbeddingFileException.class)
                .hasMessageContaining("ids.txt: has 2 lines, but")
                .hasMessageContaining("x.npy has 3 embeddings");
    }

    @Test
    void refusesIdsThatAreNotUtf8() throws IOException {
        Path ids = write(directory, "ids.txt", new byte[] {'a', '\n', (byte) 0xff, '\n'});
        assertThatThrownBy(() -> EmbeddingFile.readIds(ids))
                .isInstanceOf(EmbeddingFileException.class)
                .hasMessageContaining("ids.txt: line 2 is not valid UTF-8");
    }

    @Test
    void readsJsonLines() throws IOException {
        Path file =
                text(
                        "x.jsonl",
                        """
                        {"id": "a", "embedding": [1, 0.1, -2e-3], "title": {"en": ["x"]}}

                        {"embedding": [NaN, -Infinity, 1e400], "id": 18446744073709551616}
                        {"id": "", "embedding": []}\
                        """);
        try (EmbeddingReader reader = EmbeddingFile.open(file, null)) {
            assertThat(reader.dimension()).isEqualTo(3);
            assertThat(reader.count()).isEqualTo(-1);
            assertThat(reader.next()).isTrue();
            assertThat(reader.id()).isEqualTo("a");
            assertThat(reader.embedding()).containsExactly(1, 0.1f, -2e-3f);
            assertThat(reader.next()).isTrue();
            assertThat(reader.id()).isEqualTo("18446744073709551616");
            assertThat(reader.position()).isEqualTo("line 3");
            assertThat(reader.embedding())
                    .containsExactly(Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY);
            assertThat(reader.next()).isTrue();
            assertThat(reader.id()).isEmpty();
            assertThat(reader.embedding()).isEmpty();
            assertThat(reader.next()).isFalse();
        }
    }

    @Test
    void readsJsonLinesLongerThanItsBuffer() throws IOException {
        int dimension = 50_000;
        StringBuilder lines = new StringBuilder();
        for (int row = 0; row < 3; row++) {
            int value = row;
            List<String> numbers =
                    IntStream.range(0, dimension).mapToObj(t -> value + ".5").toList();
            lines.append(
                    "{\"id\":%d,\"embedding\":[%s]}\n".formatted(row, String.join(",", numbers)));
        }
        EmbeddingMatrix matrix = EmbeddingFile.readAll(text("x.jsonl", lines.toString()), null);
        assertThat(matrix.rows()).isEqualTo(3);
        assertThat(matrix.values()[2 * dimension + 7]).isEqualTo(2.5f);
        assertThat(matrix.values()[3 * dimension - 1]).isEqualTo(2.5f);
    }

    @ParameterizedTest
    @MethodSource
    void refusesJsonLines(String line, String problem) throws IOException {
        Path file = text("x.jsonl", "{\"id\": \"a\", \"embedding\": [1, 2]}\n" + line + "\n");
        assertThatThrownBy(() -> EmbeddingFile.readAll(file, null))
                .isInstanceOf(EmbeddingFileException.class)
                .hasMessageContaining("x.jsonl: line 2 " + problem);
    }

    @Test
    void takesAByteOrderMarkForNoPartOfAnId() throws IOException {
        Path ids = text("ids.txt", "\uFEFFa\n\uFEFFb\n");

        assertThat(EmbeddingFile.readIds(ids)).containsExactly("a", "\uFEFFb");
    }

    @Test
    void readsOnBehindAMalformedLine() throws IOException {
        byte[] bad = {'{', '"', 'i', 'd', '"', ':', '"', (byte) 0xFF, '"', '}'};
        Path file = directory.resolve("x.jsonl");
        try (OutputStream out = Files.newOutputStream(file)) {
            out.write("hello\n".getBytes(UTF_8));
            out.write("{\"id\": \"a\", \"embedding\": [1, 2]}\n".getBytes(UTF_8));
            out.write(bad);
            out.write("\n\u0000\u0000\u0000x\n".getBytes(UTF_8));
            out.write("{\"id\": \"b\", \"embedding\": [3, 4, 5]}".getBytes(UTF_8));
        }

        try (EmbeddingReader reader = EmbeddingFile.open(file, null)) {
            assertThat(reader.dimension()).isEqualTo(2);
            MalformedLineException first =
                    catchThrowableOfType(MalformedLineException.class, reader::next);
            assertThat(first.place()).isEqualTo("x.jsonl:1");
            assertThat(first.line()).isEqualTo("hello".getBytes(UTF_8));
            assertThat(reader.next()).isTrue();
            assertThat(reader.id()).isEqualTo("a");
            MalformedLineException second =
                    catchThrowableOfType(MalformedLineException.class, reader::next);
            assertThat(second.place()).isEqualTo("x.jsonl:3");
            assertThat(second.line()).isEqualTo(bad);
            assertThatThrownBy(reader::next).isInstanceOf(MalformedLineException.class);
            assertThat(reader.next()).isTrue();
            assertThat(reader.id()).isEqualTo("b");
            assertThat(reader.embedding()).containsExactly(3, 4, 5);
            assertThat(reader.next()).isFalse();
        }
    }

    static Stream<Arguments> refusesJsonLines() {
        return Stream.of(
                Arguments.of("{\"id\": \"b\", \"embedding\": [1, 2", "is not valid JSON"),
                Arguments.of("[1, 2]", "is not a JSON object"),
                Arguments.of("{\"embedding\": [1, 2]}", "has no \"id\""),
                Arguments.of("{\"id\": \"b\"}", "has no \"embedding\""),
                Arguments.of("{\"id\": null, \"embedding\": [1, 2]}", "has an \"id\" that is"),
                Arguments.of("{\"id\": 1.5, \"embedding\": [1, 2]}", "has an \"id\" that is"),
                Arguments.of("{\"id\": 1, \"embedding\": \"AAAA\"}", "has an \"embedding\" that"),
                Arguments.of("{\"id\": 1, \"embedding\": [1, null]}", "has an \"embedding\" whose"),
                Arguments.of("{\"id\": 1, \"id\": 2, \"embedding\": [1]}", "is not valid JSON"),
                Arguments.of("{\"id\": 1, \"embedding\": [1, 2]} {}", "goes on after"),
                Arguments.of("{\"id\": 1, \"embedding\": [1, 2, 3]}", "has 3 components"));
    }

    @ParameterizedTest
    @MethodSource
    void refusesArrays(byte[] bytes, String problem) throws IOException {
        Path file = write(directory, "x.npy", bytes);
        assertThatThrownBy(() -> EmbeddingFile.readAll(file, null))
                .isInstanceOf(EmbeddingFileException.class)
                .hasMessageContaining("x.npy: ")
                .hasMessageContaining(problem);
    }

    static Stream<Arguments> refusesArrays() {
        byte[] good = npy("<f4", "(3, 2)", floats(VALUES));
        byte[] future = good.clone();
        future[6] = 9;
        String records =
                "{'descr': [('id', '<i4'), ('x', '<f4')], 'fortran_order': False, 'shape': (3,), }";
        return Stream.of(
                Arguments.of(new byte[0], "does not begin with the .npy signature"),
                Arguments.of("1,2,3\n4,5,6\n".getBytes(StandardCharsets.UTF_8), "signature"),
                Arguments.of(Arrays.copyOf(good, 9), "ends within its .npy header"),
                Arguments.of(Arrays.copyOf(good, 60), "ends within its .npy header"),
                Arguments.of(Arrays.copyOf(good, good.length - 1), "needs 152 bytes, and there"),
                Arguments.of(Arrays.copyOf(good, good.length + 5), "has 5 bytes after its array"),
                Arguments.of(future, "format version 9"),
                Arguments.of(npy("<f4", "(6,)", floats(VALUES)), "has shape (6,)"),
                Arguments.of(npy("<f4", "()", floats(1)), "has shape ()"),
                Arguments.of(npy("<f4", "(1, 2, 3)", floats(VALUES)), "has shape (1, 2, 3)"),
                Arguments.of(npy("<f4", "(3, 0)", new byte[0]), "must be from 1 to"),
                Arguments.of(
                        npy("<f4", "(3, -2)", floats(VALUES)), "shape \"(3, -2)\" in its header"),
                Arguments.of(npy("<f4", "(4611686018427387904, 64)", floats(VALUES)), "impossible"),
                Arguments.of(npy("<i4", "(3, 2)", floats(VALUES)), "where floats are wanted"),
                Arguments.of(npy("|O", "(3, 2)", floats(VALUES)), "pickled Python objects"),
                Arguments.of(npy("<c8", "(3, 1)", floats(VALUES)), "<c8 is not supported"),
                Arguments.of(npy("float", "(3, 2)", floats(VALUES)), "not one that NumPy writes"),
                Arguments.of(npy(1, records, new byte[24]), "is an array of records"));
    }

    @Test
    void refusesAnArchiveWithoutEmbeddings() throws IOException {
        byte[] array = npy("<f4", "(3, 2)", floats(VALUES));
        Path file = write(directory, "x.npz", npz(false, Map.of("vectors", array)));
        assertThatThrownBy(() -> EmbeddingFile.open(file, null))
                .isInstanceOf(EmbeddingFileException.class)
                .hasMessageContaining("has no array \"embeddings\"; it has [vectors]");
    }

    @ParameterizedTest
    @MethodSource
    void refusesIdsOfAnArchive(byte[] ids, String problem) throws IOException {
        Path file = write(directory, "x.npz", archive(ids));
        assertThatThrownBy(() -> EmbeddingFile.readAll(file, null))
                .isInstanceOf(EmbeddingFileException.class)
                .hasMessageContaining("x.npz, array ids: ")
                .hasMessageContaining(problem);
    }

    static Stream<Arguments> refusesIdsOfAnArchive() {
        return Stream.of(
                Arguments.of(npy("|O", "(3,)", new byte[5]), "pickled Python objects"),
                Arguments.of(npy("|i1", "(2,)", new byte[2]), "for 3 embeddings it must be (3,)"),
                Arguments.of(npy("|i1", "(3, 1)", new byte[3]), "for 3 embeddings it must be (3,)"),
                Arguments.of(npy("<f4", "(3,)", floats(1, 2, 3)), "ids are text or integers"),
                Arguments.of(npy("|S1", "(3,)", new byte[] {'a', -1, 'b'}), "not UTF-8"),
                Arguments.of(npy("<U1", "(3,)", floats(-1, -1, -1)), "no Unicode character"),
                Arguments.of(
                        npy(
                                "<U1",
                                "(3,)",
                                new byte[] {0x3D, (byte) 0xD8, 0, 0, 97, 0, 0, 0, 98, 0, 0, 0}),
                        "0xd83d, which is no Unicode character"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void noticesADamagedArchive(boolean deflated) throws IOException {
        float[] values = new float[6000];
        Arrays.setAll(new Float[values.length], i -> values[i] = i * 0.37f);
        byte[] array = npy("<f4", "(3000, 2)", floats(values));
        byte[] bytes = npz(deflated, Map.of("embeddings", array));
        bytes[bytes.length / 2] ^= 0x10;
        Path file = write(directory, "x.npz", bytes);
        assertThatThrownBy(() -> EmbeddingFile.readAll(file, null))
                .isInstanceOf(EmbeddingFileException.class)
                .hasMessageContaining("x.npz, array embeddings: is damaged");
    }

    @Test
    void refusesATruncatedArchive() throws IOException {
        byte[] bytes = archive(npy("|i1", "(3,)", new byte[] {1, 2, 3}));
        Path file = write(directory, "x.npz", Arrays.copyOf(bytes, bytes.length - 30));
        assertThatThrownBy(() -> EmbeddingFile.open(file, null))
                .isInstanceOf(EmbeddingFileException.class)
                .hasMessageContaining("not a readable .npz archive, or is truncated");
    }

    @Test
    void refusesWhatItCannotOpen() throws IOException {
        assertThatThrownBy(() -> EmbeddingFile.open(text("x.csv", "1,2"), null))
                .isInstanceOf(EmbeddingFileException.class)
                .hasMessageContaining("x.csv: is of no known kind");
        assertThatThrownBy(() -> EmbeddingFile.open(text("x.jsonl", "\n"), null))
                .isInstanceOf(EmbeddingFileException.class)
                .hasMessageContaining("x.jsonl: is empty");
        Path ids = text("ids.txt", "a\n");
        assertThatThrownBy(() -> EmbeddingFile.open(text("x.jsonl", "{}"), ids))
                .isInstanceOf(EmbeddingFileException.class)
                .hasMessageContaining("leave out");
        for (String name : List.of("no.npy", "no.npz", "no.jsonl")) {
            assertThatThrownBy(() -> EmbeddingFile.open(directory.resolve(name), null))
                    .isInstanceOf(NoSuchFileException.class);
        }
    }

    @Test
    void samplesEveryRowWithTheSameChance() throws IOException {
        Path file = write(directory, "x.npy", npy("<f4", "(10, 1)", floats(range(10))));
        int[] drawn = new int[10];
        int draws = 2000;
        for (int seed = 0; seed < draws; seed++) {
            EmbeddingMatrix sample = EmbeddingFile.sample(file, null, 3, seed);
            assertThat(new HashSet<>(sample.ids())).hasSize(3);
            for (int i = 0; i < 3; i++) {
                assertThat(sample.ids().get(i)).isEqualTo("" + (int) sample.values()[i]);
                drawn[(int) sample.values()[i]]++;
            }
        }
        double expected = draws * 0.3;
        double sigma = Math.sqrt(draws * 0.3 * 0.7);
        for (int count : drawn) {
            assertThat((double) count).isBetween(expected - 5 * sigma, expected + 5 * sigma);
        }
    }

    @Test
    void samplesReproduciblyAndASmallFileWhole() throws IOException {
        Path file = write(directory, "x.npy", npy("<f4", "(5000, 1)", floats(range(5000))));
        assertThat(EmbeddingFile.sample(file, null, 1500, 7).values())
                .hasSize(1500)
                .containsExactly(EmbeddingFile.sample(file, null, 1500, 7).values())
                .isNotEqualTo(EmbeddingFile.sample(file, null, 1500, 8).values());
        assertThat(EmbeddingFile.sample(file, null, 5000, 7).values()).containsExactly(range(5000));
    }

    private static float[] range(int end) {
        float[] values = new float[end];
        for (int i = 0; i < end; i++) {
            values[i] = i;
        }
        return values;
    }

    private static float[] values(Path file) throws IOException {
        return EmbeddingFile.readAll(file, null).values();
    }

    private static byte[] archive(byte[] ids) {
        byte[] array = npy("<f4", "(3, 2)", floats(VALUES));
        return npz(false, Map.of("embeddings", array, "ids", ids));
    }

    private List<String> ids(boolean deflated, byte[] ids) throws IOException {
        byte[] array = npy("<f4", "(3, 2)", floats(VALUES));
        byte[] bytes = npz(deflated, Map.of("embeddings", array, "ids", ids));
        return EmbeddingFile.readAll(write(directory, "x.npz", bytes), null).ids();
    }

    private static byte[] padded(String charset, int size, String... texts) {
        ByteBuffer bytes = ByteBuffer.allocate(size * texts.length);
        for (int i = 0; i < texts.length; i++) {
            bytes.position(i * size).put(texts[i].getBytes(Charset.forName(charset)));
        }
        return bytes.array();
    }

    private Path text(String name, String text) throws IOException {
        return write(directory, name, text.getBytes(StandardCharsets.UTF_8));
    }
}
