package io.sidestream.operators.assign;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.operators.TestingSource;
import io.sidestream.operators.TestingSource.Split;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.core.io.InputStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GatedSourceTest {

    private final String job = UUID.randomUUID().toString();
    private final TestingSource source = new TestingSource();
    private final TestingSource.Reader inner = source.reader();
    private final TestingSource.Output output = new TestingSource.Output();

    private SourceReader<String, Split> reader;
    private CodebookGate gate;

    @BeforeEach
    void create() throws Exception {
        reader = new GatedSource<>(source, job).createReader(new TestingSource.Context(0, 1));
        gate = CodebookGate.of(job, 0);
    }

    @AfterEach
    void removeGate() {
        gate.remove();
    }

    @Test
    void leavesInputUnreadUntilTheGateOpens() throws Exception {
        inner.unread().add("a");

        assertThat(reader.isAvailable()).isNotDone();
        assertThat(reader.pollNext(output)).isEqualTo(InputStatus.NOTHING_AVAILABLE);
        assertThat(inner.unread()).containsExactly("a");

        CompletableFuture<Void> woken = reader.isAvailable();
        gate.open();
        assertThat(woken).isDone();
        assertThat(reader.pollNext(output)).isEqualTo(InputStatus.MORE_AVAILABLE);
        assertThat(output.records()).containsExactly("a");
    }

    @Test
    void stopsReadingWhenTheGateCloses() throws Exception {
        gate.open();
        inner.unread().addAll(List.of("a", "b"));
        reader.pollNext(output);

        gate.close();
        assertThat(reader.pollNext(output)).isEqualTo(InputStatus.NOTHING_AVAILABLE);
        assertThat(reader.isAvailable()).isNotDone();

        gate.open();
        reader.pollNext(output);
        assertThat(output.records()).containsExactly("a", "b");
    }

    @Test
    void isAvailableWhenTheInnerReaderIsAndTheGateIsOpen() {
        gate.open();

        assertThat(reader.isAvailable()).isNotDone();
        inner.becomeAvailable();
        assertThat(reader.isAvailable()).isDone();
    }

    @Test
    void doesNotEndWhileItsInputIsUnread() throws Exception {
        reader.notifyNoMoreSplits();

        assertThat(reader.pollNext(output)).isEqualTo(InputStatus.NOTHING_AVAILABLE);
        gate.open();
        assertThat(reader.pollNext(output)).isEqualTo(InputStatus.END_OF_INPUT);
    }

    @Test
    void leavesEverythingElseToTheInnerReader() throws Exception {
        Split split = new Split("3");
        SourceEvent event = new SourceEvent() {};

        reader.start();
        reader.addSplits(List.of(split));
        reader.handleSourceEvents(event);
        reader.pauseOrResumeSplits(List.of("1"), List.of("2"));
        assertThat(reader.snapshotState(5)).containsExactly(split);
        reader.notifyCheckpointComplete(5);
        reader.notifyCheckpointAborted(6);
        reader.notifyNoMoreSplits();
        reader.close();

        assertThat(inner.calls())
                .containsExactly(
                        "start",
                        "addSplits [" + split + "]",
                        "handleSourceEvents " + event,
                        "pauseOrResumeSplits [1] [2]",
                        "snapshotState 5",
                        "notifyCheckpointComplete 5",
                        "notifyCheckpointAborted 6",
                        "notifyNoMoreSplits",
                        "close");
    }

    @Test
    void givesEverySubtaskOfEveryJobAGateOfItsOwn() {
        CodebookGate other = CodebookGate.of(job, 1);
        CodebookGate foreign = CodebookGate.of("another job", 0);
        gate.open();

        assertThat(other.isOpen()).isFalse();
        assertThat(foreign.isOpen()).isFalse();
        other.remove();
        foreign.remove();
    }
}
