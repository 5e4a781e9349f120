package io.sidestream.operators.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.operators.TestingSource;
import io.sidestream.operators.TestingSource.Split;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.core.io.InputStatus;
import org.junit.jupiter.api.Test;

class ThrottledSourceTest {

    private final TestingSource source = new TestingSource();
    private final TestingSource.Output output = new TestingSource.Output();

    @Test
    void emitsNoMoreThanItsShareOfTheRate() throws Exception {
        SourceReader<String, Split> reader = reader(100, 2); // fifty a second
        source.reader().becomeAvailable();
        for (int i = 0; i < 26; i++) {
            source.reader().unread().add("record-" + i);
        }
        long begin = System.nanoTime();
        while (read(reader) != InputStatus.END_OF_INPUT) {}
        Duration taken = Duration.ofNanos(System.nanoTime() - begin);

        assertThat(output.records()).hasSize(26).startsWith("record-0").endsWith("record-25");
        assertThat(taken)
                .as("the first one is free")
                .isGreaterThanOrEqualTo(Duration.ofMillis(490));
    }

    private InputStatus read(SourceReader<String, Split> reader) throws Exception {
        reader.isAvailable().get(5, TimeUnit.MINUTES);
        return reader.pollNext(output);
    }

    @Test
    void emitsNothingBeforeItIsAskedWhetherItMay() throws Exception {
        source.reader().unread().add("a");
        SourceReader<String, Split> reader = reader(1, 1);

        assertThat(reader.pollNext(output)).isEqualTo(InputStatus.NOTHING_AVAILABLE);
        assertThat(output.records()).isEmpty();
    }

    /**
     * That of a checkpoint matters most: Kafka's reader commits its offsets when it hears of it.
     */
    @Test
    void leavesEverythingElseToTheInnerReader() throws Exception {
        SourceReader<String, Split> reader = reader(1, 1);
        Split split = new Split("3");
        reader.start();
        reader.addSplits(List.of(split));
        reader.pauseOrResumeSplits(List.of("1"), List.of("2"));
        assertThat(reader.snapshotState(5)).containsExactly(split);
        reader.notifyCheckpointComplete(5);
        reader.notifyCheckpointAborted(6);
        reader.notifyNoMoreSplits();
        reader.close();

        assertThat(source.reader().calls())
                .containsExactly(
                        "start",
                        "addSplits [" + split + "]",
                        "pauseOrResumeSplits [1] [2]",
                        "snapshotState 5",
                        "notifyCheckpointComplete 5",
                        "notifyCheckpointAborted 6",
                        "notifyNoMoreSplits",
                        "close");
    }

    private SourceReader<String, Split> reader(double recordsPerSecond, int parallelism)
            throws Exception {
        return new ThrottledSource<>(source, recordsPerSecond)
                .createReader(new TestingSource.Context(0, parallelism));
    }
}
