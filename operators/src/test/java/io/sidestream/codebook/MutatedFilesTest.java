package io.sidestream.codebook;

import static io.sidestream.embedding.TestNpy.doubles;
import static io.sidestream.embedding.TestNpy.floats;
import static io.sidestream.embedding.TestNpy.npy;
import static io.sidestream.embedding.TestNpy.npz;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import io.sidestream.embedding.EmbeddingFile;
import io.sidestream.embedding.EmbeddingFileException;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Files that were damaged, or made up: they are read as something else or refused with a short and
 * printable message, in little memory. {@code -Dmutations=N} sets how many of each kind.
 */
class MutatedFilesTest {

    private static final int MUTATIONS = Integer.getInteger("mutations", 400);
    private static final long MOST_BYTES = 96 << 20;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final List<String> TEXTS =
            List.of(
                    "9999999999",
                    "4294967296",
                    "2147483647",
                    "-1",
                    "1e999",
                    "\u001b[31m",
                    "\\ud800",
                    "NaN",
                    "[[[[[[[[",
                    "{\"",
                    "\0",
                    "''",
                    "\ud83d\ude00");

    @TempDir private Path folder;

    interface Reader {
        void read(Path file) throws Exception;
    }

    static Stream<Arguments> kinds() throws Exception {
        float[] values = {1, 2, 3, 4, 5, 6};
        byte[] matrix = npy("<f4", "(3, 2)", floats(values));
        byte[] ids = npy("<U2", "(3,)", utf32("ab", "cd", "ef"));
        byte[] layers = npy("<f4", "(1, 3, 2)", floats(values));
        Map<String, byte[]> archive = new LinkedHashMap<>();
        archive.put("embeddings", matrix);
        archive.put("ids", ids);
        Map<String, byte[]> fortran = Map.of("embeddings", fortran(matrix));
        Reader embeddings = file -> EmbeddingFile.readAll(file, null);
        Reader sample = file -> EmbeddingFile.sample(file, null, 2, 1);
        Reader codebook = file -> CodebookImport.read(file, "v1", false);
        String jsonl =
                "{\"id\": \"a\", \"embedding\": [1, 2.5]}\n"
                        + "{\"id\": 7, \"embedding\": [3, -4e-3]}\n";
        return Stream.of(
                Arguments.of("float.npy", matrix, embeddings),
                Arguments.of("double.npy", npy("<f8", "(3, 1)", doubles(1, 2, 3)), sample),
                Arguments.of("half.npy", npy("<f2", "(3, 2)", new byte[12]), embeddings),
                Arguments.of("fortran.npy", fortran(matrix), embeddings),
                Arguments.of("stored.npz", npz(false, archive), embeddings),
                Arguments.of("deflated.npz", npz(true, archive), sample),
                Arguments.of("fortran.npz", npz(true, fortran), embeddings),
                Arguments.of("lines.jsonl", jsonl.getBytes(StandardCharsets.UTF_8), embeddings),
                Arguments.of(
                        "ids.txt",
                        "a\nb\r\nç\n".getBytes(StandardCharsets.UTF_8),
                        (Reader) EmbeddingFile::readIds),
                Arguments.of("codebook.npy", layers, codebook),
                Arguments.of("codebook.npz", npz(true, Map.of("codebook_0", matrix)), codebook),
                Arguments.of("codebook.safetensors", safetensors(), codebook),
                Arguments.of("own.safetensors", own(), (Reader) CodebookFile::read),
                Arguments.of(
                        "stream.safetensors",
                        own(),
                        (Reader)
                                file -> {
                                    try (var in = Files.newInputStream(file)) {
                                        CodebookFile.read(in, file.toString());
                                    }
                                }),
                Arguments.of("codebook.faiss", faiss(), codebook));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("kinds")
    void areReadAsSomethingElseOrRefused(String name, byte[] good, Reader reader) throws Throwable {
        Path file = folder.resolve(name);
        Files.write(file, good);
        reader.read(file); // the original is sound
        Random random = new Random(name.hashCode());
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] mutated = mutate(good, random);
            Files.write(file, mutated);
            long before = THREADS.getCurrentThreadAllocatedBytes();
            readOrRefuse(file, reader, mutated);
            assertThat(THREADS.getCurrentThreadAllocatedBytes() - before)
                    .as("bytes allocated for mutation %d", i)
                    .isLessThan(MOST_BYTES);
        }
    }

    private static void readOrRefuse(Path file, Reader reader, byte[] mutated) {
        try {
            reader.read(file);
        } catch (EmbeddingFileException | CodebookFileException e) {
            assertThat(e.getMessage())
                    .startsWith(file.toString())
                    .hasSizeLessThan(file.toString().length() + 1000)
                    .matches("\\P{Cntrl}*");
        } catch (Exception | Error e) {
            fail("%s of %s".formatted(file, Arrays.toString(mutated)), e);
        }
    }

    private static byte[] mutate(byte[] good, Random random) {
        byte[] bytes = good.clone();
        for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
            int at = random.nextInt(Math.max(1, bytes.length));
            switch (random.nextInt(7)) {
                case 0 -> flip(bytes, at, random);
                case 1 -> bytes = Arrays.copyOf(bytes, at);
                case 2 -> bytes = splice(bytes, at, Arrays.copyOfRange(good, 0, at));
                case 3 -> fill(bytes, at, (byte) 0xFF, 1 + random.nextInt(8));
                case 4 -> fill(bytes, at, (byte) 0x7F, 1 + random.nextInt(8));
                case 5 -> bytes = splice(bytes, at, text(random));
                default -> bytes = replaceDigits(bytes, random);
            }
        }
        return bytes;
    }

    private static void flip(byte[] bytes, int at, Random random) {
        if (at < bytes.length) {
            bytes[at] ^= (byte) (1 << random.nextInt(8));
        }
    }

    private static void fill(byte[] bytes, int at, byte value, int count) {
        Arrays.fill(bytes, Math.min(at, bytes.length), Math.min(bytes.length, at + count), value);
    }

    private static byte[] text(Random random) {
        String text = TEXTS.get(random.nextInt(TEXTS.size()));
        int times = random.nextInt(50) == 0 ? 20_000 : 1;
        return text.repeat(times).getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] splice(byte[] bytes, int at, byte[] more) {
        int place = Math.min(at, bytes.length);
        return ByteBuffer.allocate(bytes.length + more.length)
                .put(bytes, 0, place)
                .put(more)
                .put(bytes, place, bytes.length - place)
                .array();
    }

    /** A number in a header becomes another one. */
    private static byte[] replaceDigits(byte[] bytes, Random random) {
        for (int tries = 0; tries < 50 && bytes.length > 0; tries++) {
            int at = random.nextInt(bytes.length);
            if (Character.isDigit(bytes[at])) {
                byte[] front = Arrays.copyOf(bytes, at);
                byte[] back = Arrays.copyOfRange(bytes, at + 1, bytes.length);
                byte[] number = text(random);
                return splice(splice(back, 0, number), 0, front);
            }
        }
        return bytes;
    }

    private static byte[] utf32(String... texts) {
        ByteBuffer bytes = ByteBuffer.allocate(8 * texts.length).order(ByteOrder.LITTLE_ENDIAN);
        for (String text : texts) {
            text.chars().forEach(bytes::putInt);
        }
        return bytes.array();
    }

    private static byte[] fortran(byte[] npy) {
        String text = new String(npy, StandardCharsets.ISO_8859_1);
        return text.replace("False", "True ").getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] safetensors() {
        String header =
                "{\"layer_1\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[0,24]},"
                        + "\"layer_2\":{\"dtype\":\"F16\",\"shape\":[2,2],\"data_offsets\":[24,32]}}";
        return ByteBuffer.allocate(8 + header.length() + 32)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length())
                .put(header.getBytes(StandardCharsets.US_ASCII))
                .array();
    }

    private static byte[] own() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Codebook codebook =
                Codebook.of(
                        "v1", 2, true, new float[][] {{1, 2, 3, 4}, {5, 6}}, Map.of("fact", "x"));
        CodebookFile.write(codebook, out);
        return out.toByteArray();
    }

    private static byte[] faiss() {
        ByteBuffer out = ByteBuffer.allocate(1000).order(ByteOrder.LITTLE_ENDIAN);
        out.put("IxRq".getBytes(StandardCharsets.US_ASCII));
        out.putInt(2).putLong(3).putLong(1 << 20).putLong(1 << 20).put((byte) 1).putInt(1);
        out.putLong(2).putLong(2).putLong(2).putLong(2).putLong(1).put((byte) 1);
        out.putLong(12).put(floats(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
        out.putInt(0).putFloat(0).putFloat(1).putInt(1).putInt(5);
        out.putLong(1).putLong(3).put(new byte[3]);
        return Arrays.copyOf(out.array(), out.position());
    }
}
