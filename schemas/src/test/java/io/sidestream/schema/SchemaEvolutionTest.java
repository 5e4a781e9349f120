package io.sidestream.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.SchemaParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a release wrote, every later one reads. {@code released/<n>} holds the schemas of wire
 * version n as they were released and is never changed; a change of a schema adds a folder.
 */
class SchemaEvolutionTest {

    private static final Path CURRENT = Path.of("src/main/avro");
    private static final Path RELEASED = Path.of("src/test/resources/released");

    static List<Path> released() throws IOException {
        try (Stream<Path> files = Files.walk(RELEASED)) {
            return files.filter(file -> file.toString().endsWith(".avsc")).sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("released")
    void readsWhatAReleaseWrote(Path released) throws IOException {
        Path successor = CURRENT.resolve(released.getFileName());

        assertThat(successor).as("a released schema never goes away").exists();
        assertThat(
                        SchemaCompatibility.checkReaderWriterCompatibility(
                                        parse(successor), parse(released))
                                .getResult()
                                .getIncompatibilities())
                .isEmpty();
    }

    @Test
    void wouldCatchAFieldThatOldRecordsDoNotHave() throws IOException {
        Schema before = parse(CURRENT.resolve("ItemAssignment.avsc"));
        Schema after =
                parse(
                        Files.readString(CURRENT.resolve("ItemAssignment.avsc"))
                                .replace(
                                        "\"fields\": [",
                                        "\"fields\": [{\"name\": \"added\", \"type\": \"int\"},"));

        assertThat(SchemaCompatibility.checkReaderWriterCompatibility(after, before).getType())
                .isEqualTo(SchemaCompatibilityType.INCOMPATIBLE);
    }

    /** A schema may name types of the others in its folder. */
    private static Schema parse(Path file) throws IOException {
        SchemaParser parser = new SchemaParser();
        try (Stream<Path> folder = Files.list(file.toAbsolutePath().getParent())) {
            for (Path other : folder.toList()) {
                parser.parse(other);
            }
        }
        String name = file.getFileName().toString().replace(".avsc", "");
        return parser.getParsedNamedSchemas().stream()
                .filter(schema -> schema.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static Schema parse(String json) {
        return new SchemaParser().parse(json).mainSchema();
    }
}
