package io.sidestream.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sidestream.codebook.CodebookFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The job image and {@code docker-compose.yml}, with the command line as it is. */
@Tag("slow")
class ContainersIT {

    private static final int ITEMS = 10_000;
    private static final String VERSION = "v1";

    @TempDir private Path directory;

    @Test
    void indexTheCatalogExactlyThoughSomeAreKilled() throws Exception {
        Words words = Words.first(ITEMS, directory);
        TestCodebook codebook = words.codebook(VERSION, true, 64, 64, 64);
        Path file = directory.resolve("v1.safetensors");
        CodebookFile.write(codebook.codebook(), file);
        List<Oracle.Codes> codes = new ArrayList<>();
        for (int row = 0; row < ITEMS; row++) {
            codes.add(codebook.oracle().codes(words.embedding(row)));
        }
        try (Compose stack = Compose.orSkip(directory)) {
            stack.run("up", "-d");
            stack.awaitRunning();
            sidestream(
                    stack,
                    "codebook",
                    "publish",
                    "--version",
                    VERSION,
                    "--file",
                    file.toString(),
                    "--activate",
                    "--store",
                    stack.store().toUri().toString());

            ingest(stack, words, 0);
            awaitExact(stack, words, codes, 0);

            int shift = 0; // every item gets another one's embedding
            for (List<String> fault :
                    List.of(
                            List.of("kill", "taskmanager-1"),
                            List.of("kill", "jobmanager"),
                            List.of("down"))) {
                shift++;
                ingest(stack, words, shift);
                stack.run(fault.toArray(String[]::new));
                stack.run("up", "-d");
                stack.awaitRunning();
                awaitExact(stack, words, codes, shift);
            }
        }
    }

    private void ingest(Compose stack, Words words, int shift) throws Exception {
        Path file = directory.resolve("items.jsonl");
        List<String> lines = new ArrayList<>();
        for (int row = 0; row < ITEMS; row++) {
            lines.add(
                    "{\"id\": \"%s\", \"embedding\": %s}"
                            .formatted(
                                    words.items().ids().get(row),
                                    Arrays.toString(words.embedding((row + shift) % ITEMS))));
        }
        Files.write(file, lines);
        sidestream(stack, "ingest", "--embeddings", file.toString());
    }

    /** Waits until every item has the codes of its embedding, and a SID of its own. */
    private void awaitExact(Compose stack, Words words, List<Oracle.Codes> codes, int shift)
            throws Exception {
        Path export = directory.resolve("sids.jsonl");
        ObjectMapper mapper = new ObjectMapper();
        Eventually.await(
                "all items are as after ingest " + shift,
                () -> {
                    sidestream(stack, "export", "--version", VERSION, "--out", export.toString());
                    Map<String, JsonNode> sids = new HashMap<>();
                    for (String line : Files.readAllLines(export)) {
                        JsonNode sid = mapper.readTree(line);
                        sids.put(sid.get("item_id").asText(), sid);
                    }
                    for (int row = 0; row < ITEMS; row++) {
                        JsonNode sid = sids.get(words.items().ids().get(row));
                        Oracle.Codes expected = codes.get((row + shift) % ITEMS);
                        if (sid == null || (expected.decided() && !isOf(sid, expected.values()))) {
                            return false;
                        }
                    }
                    assertThat(sids).hasSize(ITEMS);
                    HashSet<String> texts = new HashSet<>();
                    assertThat(sids.values()).allMatch(sid -> texts.add(sid.get("sid").asText()));
                    return true;
                });
    }

    private static boolean isOf(JsonNode sid, int[] codes) {
        JsonNode found = sid.get("codes");
        for (int layer = 0; layer < codes.length; layer++) {
            if (found.get(layer).asInt() != codes[layer]) {
                return false;
            }
        }
        return found.size() == codes.length;
    }

    private void sidestream(Compose stack, String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--bootstrap", stack.bootstrap()));
        try (SidestreamProcess process =
                SidestreamProcess.start(
                        SidestreamProcess.ownJdk(),
                        SidestreamProcess.SIMD,
                        directory.resolve("sidestream.out"),
                        all.toArray(String[]::new))) {
            process.awaitSuccess();
        }
    }
}
