package io.sidestream.local.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidestream.local.UserError;
import io.sidestream.local.console.Progress;
import io.sidestream.local.console.TestingConsole;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.EmbeddingTopic;
import io.sidestream.local.kafka.TestingCatalog;
import io.sidestream.local.kafka.TestingKafka;
import io.sidestream.operators.decode.DecodedItem;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(TestingKafka.class)
class DemoChangesTest {

    private static final int ITEMS = 500;

    @TempDir private Path folder;
    private final Map<String, float[]> seen = new HashMap<>();
    private final Set<String> changed = new HashSet<>();
    private int deletions;

    @Test
    void knowsWhatTheCatalogHasComeTo(Connection connection) throws Exception {
        TestingCatalog.create(connection).close();
        try (DemoChanges changes = new DemoChanges(DemoCatalog.unpack(folder), connection, ITEMS);
                Progress progress =
                        Progress.start(TestingConsole.plain().console(), "fill", ITEMS, "items")) {
            changes.fill(progress);
            try (EmbeddingTopic topic = EmbeddingTopic.follow(connection, progress, this::take)) {
                assertThat(seen).hasSize(ITEMS);
                changed.clear();

                changes.start();
                while (deletions < 5) {
                    topic.poll(Duration.ofSeconds(1));
                }
            }
            assertThat(changed).hasSizeGreaterThan(10);
            Map<String, float[]> expected = changes.stop();
            assertThat(changes.sent()).isGreaterThanOrEqualTo(changed.size());

            seen.clear();
            EmbeddingTopic.read(connection, progress, this::take);
            assertThat(seen).usingRecursiveComparison().isEqualTo(expected);
        }
    }

    @Test
    void saysThatChangesCouldNotBeWritten(Connection withoutTopics) throws Exception {
        try (DemoChanges changes =
                new DemoChanges(DemoCatalog.unpack(folder), withoutTopics, ITEMS)) {
            changes.start();

            assertThatThrownBy(changes::stop)
                    .isInstanceOf(UserError.class)
                    .hasMessageContainingAll("could not be changed", "topics create");
        }
    }

    private void take(DecodedItem item) {
        changed.add(item.itemId());
        if (item.isDeletion()) {
            deletions++;
            seen.remove(item.itemId());
        } else {
            seen.put(item.itemId(), item.message().embedding());
        }
    }
}
