package io.sidestream.it;

import static io.sidestream.it.SidestreamProcess.SIMD;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sidestream.codebook.CodebookFile;
import io.sidestream.schema.RemapPolicyKind;
import io.sidestream.schema.SidUpdate;
import io.sidestream.sid.Disambiguation;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class LauncherIT {

    private static final int ITEMS = 1_500;

    @TempDir private Path directory;

    @Test
    void exportsTheSameCodesHoweverItIsRun() throws Exception {
        Words words = Words.first(ITEMS, directory);
        TestCodebook codebook = words.codebook("v1", true, 64, 33, 20);
        Path codebookFile = directory.resolve("v1.safetensors");
        CodebookFile.write(codebook.codebook(), codebookFile);
        Path embeddings = directory.resolve("words.jsonl");
        writeJsonLines(words, embeddings);
        List<String> expected = expectedLines(words, codebook);

        Path own = SidestreamProcess.ownJdk();
        requireCodes(expected, index(own, SIMD, embeddings, codebookFile, 2, 256));
        requireCodes(expected, index(own, List.of(), embeddings, codebookFile, 1, 7));
        requireCodes(expected, index(own, SIMD, embeddings, codebookFile, 4, 1));
        for (Path jdk : SidestreamProcess.jdks()) {
            if (!jdk.equals(own.toRealPath())) {
                requireCodes(expected, index(jdk, SIMD, embeddings, codebookFile, 1, 256));
            }
        }
    }

    private List<String> index(
            Path jdk,
            List<String> options,
            Path embeddings,
            Path codebook,
            int parallelism,
            int bundleSize)
            throws Exception {
        Path export = directory.resolve("export.jsonl");
        try (SidestreamProcess process =
                SidestreamProcess.start(
                        jdk,
                        options,
                        directory.resolve("index.out"),
                        "index",
                        "--embeddings",
                        embeddings.toString(),
                        "--codebook",
                        codebook.toString(),
                        "--export",
                        export.toString(),
                        "--parallelism",
                        Integer.toString(parallelism),
                        "--option",
                        "sidestream.assign.bundle-size=" + bundleSize)) {
            process.awaitSuccess();
        }
        return Files.readAllLines(export);
    }

    /** Ordinals depend on who comes first; all that stands before them does not. */
    private static void requireCodes(List<String> expected, List<String> lines) {
        assertThat(lines).hasSameSizeAs(expected);
        for (int row = 0; row < lines.size(); row++) {
            if (expected.get(row) != null) {
                assertThat(lines.get(row)).startsWith(expected.get(row));
            }
        }
    }

    /** What the lines begin with, in the order of the file; null where the oracle cannot tell. */
    private static List<String> expectedLines(Words words, TestCodebook codebook) {
        List<String> lines = new ArrayList<>();
        for (int row = 0; row < ITEMS; row++) {
            Oracle.Codes codes = codebook.oracle().codes(words.embedding(row));
            String sid = "";
            for (int layer = 0; layer < codes.values().length; layer++) {
                sid += "<%c_%d>".formatted('a' + layer, codes.values()[layer]);
            }
            lines.add(
                    codes.decided()
                            ? "{\"item_id\":\"%s\",\"codebook_version\":\"v1\",\"codes\":%s,\"sid\":\"%s<d_"
                                    .formatted(
                                            words.items().ids().get(row),
                                            Arrays.toString(codes.values()).replace(" ", ""),
                                            sid)
                            : null);
        }
        return lines;
    }

    private static void writeJsonLines(Words words, Path file) throws IOException {
        List<String> lines = new ArrayList<>();
        for (int row = 0; row < ITEMS; row++) {
            lines.add(
                    "{\"id\": \"%s\", \"embedding\": %s}"
                            .formatted(
                                    words.items().ids().get(row),
                                    Arrays.toString(words.embedding(row))));
        }
        Files.write(file, lines);
    }

    /** The demo checks each step itself: in the end, every code of every item. */
    @Test
    void movesAChangingCatalogToANewCodebook() throws Exception {
        Path printed = directory.resolve("demo.out");
        try (SidestreamProcess process =
                SidestreamProcess.start(
                        SidestreamProcess.ownJdk(),
                        SIMD,
                        printed,
                        "demo-versions",
                        "--exit-when-done",
                        "--bootstrap-port",
                        "0")) {
            process.awaitSuccess(Duration.ofMinutes(8));
        }
        assertThat(Files.readString(printed))
                .contains("codebook v2 has all items", "codebook v2 is ACTIVE")
                .contains("nothing of it is left in the index");
    }

    @Test
    void remapsAFileInOneGo() throws Exception {
        Words words = Words.first(ITEMS, directory);
        Path codebook = directory.resolve("v1.safetensors");
        CodebookFile.write(words.codebook("v1", false, 16, 16, 16).codebook(), codebook);
        Path embeddings = directory.resolve("words.jsonl");
        writeJsonLines(words, embeddings);
        Path export = directory.resolve("export.jsonl");
        Path hourglass = directory.resolve("hourglass.json");
        try (SidestreamProcess process =
                SidestreamProcess.start(
                        SidestreamProcess.ownJdk(),
                        SIMD,
                        directory.resolve("index.out"),
                        "index",
                        "--embeddings",
                        embeddings.toString(),
                        "--codebook",
                        codebook.toString(),
                        "--remap",
                        "top-p=0.6",
                        "--hourglass",
                        hourglass.toString(),
                        "--export",
                        export.toString())) {
            process.awaitSuccess();
        }

        ObjectMapper json = new ObjectMapper();
        List<JsonNode> items = new ArrayList<>();
        for (String line : Files.readAllLines(export)) {
            items.add(json.readTree(line));
        }
        assertThat(items).hasSize(ITEMS);
        Long[] counts = new Long[16];
        Arrays.fill(counts, 0L);
        items.forEach(item -> counts[item.get("codes").get(1).asInt()]++);
        List<Integer> head =
                HourglassOracle.head(RemapPolicyKind.TOP_P, 0.6, Arrays.asList(counts));
        Set<String> paths = new HashSet<>();
        long moved = 0;
        for (JsonNode item : items) {
            JsonNode codes = item.get("codes");
            boolean dropped = head.contains(codes.get(1).asInt());
            String path =
                    "<a_%d>%s<c_%d>"
                            .formatted(
                                    codes.get(0).asInt(),
                                    dropped ? "" : "<b_%d>".formatted(codes.get(1).asInt()),
                                    codes.get(2).asInt());
            assertThat(item.get("sid").asText())
                    .isEqualTo(path + "<d_%d>".formatted(item.get("disambiguator").asInt()));
            paths.add(path);
            moved += dropped ? 1 : 0;
        }
        JsonNode report = json.readTree(hourglass.toFile());
        assertThat(report.get("items").asLong()).isEqualTo(ITEMS);
        assertThat(report.get("layers").get(1).get("counts"))
                .hasToString(json.writeValueAsString(counts));
        assertThat(report.get("distinct_paths").asInt()).isEqualTo(paths.size());
        assertThat(report.get("plan").get("head_tokens"))
                .hasToString(json.writeValueAsString(head));
        assertThat(report.get("plan").get("items_moved").asLong()).isEqualTo(moved);
    }

    @Test
    void goesOnWhereItWasKilled() throws Exception {
        TestCodebook codebook = TestCodebook.random("v1", 8, true, 1, 7, 5, 9);
        Path data = directory.resolve("data");
        int port = freePort();
        ExpectedCatalog expected = new ExpectedCatalog();
        try (TestKafka kafka = TestKafka.at("127.0.0.1:" + port)) {
            ItemStream items = new ItemStream(kafka, expected, List.of(codebook), 500);
            try (SidestreamProcess up = up(data, port, "first.out")) {
                up.awaitSaying("ready");
                up.awaitSaying("no codebook is live");
                expected.goLive(codebook);
                items.scramble(500, 200);
                assertThat(readSoFar(kafka)).as("input is left unread").isZero();

                kafka.publish(codebook, data.resolve("codebooks"));
                items.settle(up, List.of(codebook));
                Eventually.await("the group says so", () -> readSoFar(kafka) > 0);
                items.scramble(1_000, 200);
                up.kill();
            }
            try (SidestreamProcess up = up(data, port, "second.out")) {
                up.awaitSaying("ready");
                items.scramble(500, 200);
                up.kill();
            }
            try (SidestreamProcess up = up(data, port, "third.out")) {
                up.awaitSaying("ready");
                items.scramble(500, 200);
                items.settle(up, List.of(codebook));
                PublishedUpdates updates =
                        PublishedUpdates.read(kafka, "v1", Disambiguation.APPEND);
                updates.requireExplainedBy(expected.changes("v1"));
                updates.requireUniqueSids();
                assertThat(kafka.read(kafka.topics().deadLetters())).isEmpty();
                assertThat(export(port)).isEqualTo(lines(updates.live()));
                up.stop();
            }
        }
    }

    private SidestreamProcess up(Path data, int port, String output) throws IOException {
        return SidestreamProcess.start(
                SidestreamProcess.ownJdk(),
                SIMD,
                directory.resolve(output),
                "up",
                "--data",
                data.toString(),
                "--bootstrap-port",
                Integer.toString(port),
                "--parallelism",
                "2",
                "--checkpoint-interval",
                "300 ms");
    }

    private static long readSoFar(TestKafka kafka) throws Exception {
        return kafka.committedOffsets("sidestream-indexing", kafka.topics().itemEmbeddings());
    }

    /** The exported lines by item. */
    private Map<String, String> export(int port) throws Exception {
        Path file = directory.resolve("export.jsonl");
        try (SidestreamProcess process =
                SidestreamProcess.start(
                        SidestreamProcess.ownJdk(),
                        List.of(),
                        directory.resolve("export.out"),
                        "export",
                        "--version",
                        "v1",
                        "--out",
                        file.toString(),
                        "--bootstrap",
                        "127.0.0.1:" + port)) {
            process.awaitSuccess();
        }
        Map<String, String> lines = new TreeMap<>();
        for (String line : Files.readAllLines(file)) {
            lines.put(line.split("\"")[3], line);
        }
        return lines;
    }

    private static Map<String, String> lines(Map<String, SidUpdate> live) {
        Map<String, String> lines = new TreeMap<>();
        live.forEach(
                (id, update) ->
                        lines.put(
                                id,
                                "{\"item_id\":\"%s\",\"codebook_version\":\"v1\",\"codes\":%s,\"sid\":\"%s\",\"disambiguator\":%d}"
                                        .formatted(
                                                id,
                                                update.getCodes().toString().replace(" ", ""),
                                                update.getSidText(),
                                                update.getDisambiguator())));
        return lines;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }
}
