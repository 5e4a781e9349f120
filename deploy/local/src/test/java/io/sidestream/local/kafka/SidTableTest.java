package io.sidestream.local.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.schema.UpdateReason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class SidTableTest {

    private final SidTable table = new SidTable();

    @Test
    void writesExactlyTheDocumentedLines() throws IOException {
        table.apply("apple", TestingUpdates.of("apple", "v1", UpdateReason.NEW, 0, 12, 5, 7));

        assertThat(lines(List.of()))
                .isEqualTo(
                        "{\"item_id\":\"apple\",\"codebook_version\":\"v1\",\"codes\":[12,5,7],"
                                + "\"sid\":\"<a_12><b_5><c_7><d_0>\",\"disambiguator\":0}\n");
    }

    @Test
    void keepsTheLastUpdateOfAnItem() throws IOException {
        table.apply("a", TestingUpdates.of("a", "v1", UpdateReason.NEW, 0, 1));
        table.apply("b", TestingUpdates.of("b", "v1", UpdateReason.NEW, 0, 2));
        table.apply("a", TestingUpdates.of("a", "v1", UpdateReason.EMBEDDING_CHANGED, 3, 4));

        assertThat(lines(List.of()).lines())
                .satisfiesExactly(
                        line -> assertThat(line).contains("\"a\"", "[4]", "\"disambiguator\":3"),
                        line -> assertThat(line).contains("\"b\"", "[2]"));
    }

    @Test
    void forgetsDeletedItemsBothWays() throws IOException {
        table.apply("a", TestingUpdates.of("a", "v1", UpdateReason.NEW, 0, 1));
        table.apply("b", TestingUpdates.of("b", "v1", UpdateReason.NEW, 0, 2));
        table.apply("a", null);
        table.apply("b", TestingUpdates.of("b", "v1", UpdateReason.DELETED, -1, 2));

        assertThat(table.size()).isZero();
        assertThat(lines(List.of("a", "b"))).isEmpty();
    }

    @Test
    void writesTheItemsAskedForFirstAndTheOthersById() throws IOException {
        for (String id : List.of("d", "b", "a", "e", "c")) {
            table.apply(id, TestingUpdates.of(id, "v1", UpdateReason.NEW, 0, 1));
        }

        assertThat(lines(List.of("e", "unknown", "c", "e")).lines())
                .map(line -> line.charAt("{\"item_id\":\"".length()))
                .containsExactly('e', 'c', 'a', 'b', 'd');
    }

    @Test
    void escapesWhatJsonMustEscapeAndNothingElse() throws IOException {
        String id = "größe \"大\"\n";
        table.apply(id, TestingUpdates.of(id, "v1", UpdateReason.NEW, 0, 1));

        assertThat(lines(List.of())).startsWith("{\"item_id\":\"größe \\\"大\\\"\\n\",");
    }

    private String lines(List<String> first) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        table.writeTo(out, first);
        return out.toString(UTF_8);
    }
}
