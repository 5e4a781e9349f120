package io.sidestream.local.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidestream.local.UserError;
import io.sidestream.local.console.Console;
import io.sidestream.local.console.TestingConsole;
import io.sidestream.local.inspect.Verification.Scope;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.TestingCatalog;
import io.sidestream.local.kafka.TestingKafka;
import io.sidestream.local.kafka.TestingUpdates;
import io.sidestream.quantize.ResidualQuantizer;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.UpdateReason;
import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TestingKafka.class)
class VerificationTest {

    /** One layer; the codeword of an embedding is the whole number next to it. */
    private static final ResidualQuantizer NUMBERS =
            ResidualQuantizer.create(1, new float[][] {{0, 1, 2, 3}}, false);

    private static final Duration SHORT = Duration.ofMillis(100);

    private final Console quiet = TestingConsole.plain().console();

    @Test
    void findsNothingWhereAllIsAsItShouldBe(Connection connection) throws Exception {
        try (TestingCatalog catalog = TestingCatalog.create(connection).version("v")) {
            catalog.embed("a", 1).embed("a", 2).embed("b", 3).embed("gone", 1).delete("gone");
            catalog.embed("long", 1, 2).arrive("broken", new byte[] {1});
            catalog.publish(update("a", 1)).publish(update("a", 2)).publish(update("b", 3));

            assertThat(verify(connection, SHORT, quiet))
                    .isEqualTo(new Verification(2, 0, 1, List.of()));
        }
    }

    @Test
    void findsWhatIsWrongMissingAndLeftOver(Connection connection) throws Exception {
        try (TestingCatalog catalog = TestingCatalog.create(connection).version("v")) {
            catalog.embed("missing", 1).embed("wrong", 2).embed("gone", 3).delete("gone");
            catalog.publish(update("wrong", 1)).publish(update("gone", 3));
            catalog.publish(update("unknown", 0));

            Verification verification = verify(connection, SHORT, quiet);

            assertThat(verification.checked()).isEqualTo(4);
            assertThat(verification.findings())
                    .usingRecursiveFieldByFieldElementComparatorIgnoringFields(
                            "partition", "offset")
                    .containsExactly(
                            finding("gone", Finding.Kind.SURPLUS, List.of(3), List.of()),
                            finding("missing", Finding.Kind.MISSING, List.of(), List.of(1)),
                            finding("unknown", Finding.Kind.SURPLUS, List.of(0), List.of()),
                            finding("wrong", Finding.Kind.WRONG_CODES, List.of(1), List.of(2)));
        }
    }

    @Test
    void waitsForWhatIsOnItsWay(Connection connection) throws Exception {
        try (TestingCatalog catalog = TestingCatalog.create(connection).version("v")) {
            catalog.embed("a", 1).embed("b", 2).publish(update("a", 1));

            Console publishing =
                    onceRead(
                            () ->
                                    catalog.embed("a", 3)
                                            .publish(update("a", 3))
                                            .publish(update("b", 2)));

            assertThat(verify(connection, Duration.ofMinutes(5), publishing))
                    .isEqualTo(new Verification(2, 0, 0, List.of()));
        }
    }

    @Test
    void callsNoItemWrongThatChangedWhileItLooked(Connection connection) throws Exception {
        try (TestingCatalog catalog = TestingCatalog.create(connection).version("v")) {
            catalog.embed("a", 1).embed("b", 2);

            Console changing = onceRead(() -> catalog.embed("a", 3));

            assertThat(verify(connection, Duration.ofSeconds(2), changing))
                    .satisfies(
                            verification -> {
                                assertThat(verification.moving()).isOne();
                                assertThat(verification.checked()).isOne();
                                assertThat(verification.findings())
                                        .extracting(Finding::itemId)
                                        .containsExactly("b");
                            });
        }
    }

    @Test
    void leavesOutZeroEmbeddingsWhereTheCodebookNormalizes(Connection connection) throws Exception {
        try (TestingCatalog catalog = TestingCatalog.create(connection).version("v")) {
            catalog.embed("zero", 0).embed("one", 5).publish(update("one", 0));
            ResidualQuantizer normalizing =
                    ResidualQuantizer.create(1, new float[][] {{1, -1}}, true);

            assertThat(
                            Verification.run(
                                    connection, "v", normalizing, new Scope(9, 1, SHORT), quiet))
                    .isEqualTo(new Verification(1, 0, 1, List.of()));
        }
    }

    @Test
    void refusesSamplesThatNoMemoryHolds() {
        assertThatThrownBy(() -> new Scope(0, 1, SHORT)).isInstanceOf(UserError.class);
        assertThatThrownBy(() -> new Scope(Integer.MAX_VALUE, 1, SHORT))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("10,000,000");
    }

    private static Verification verify(Connection connection, Duration patience, Console console)
            throws InterruptedException {
        return Verification.run(connection, "v", NUMBERS, new Scope(100, 1, patience), console);
    }

    /** A console that lets something happen when both topics have been read. */
    private static Console onceRead(Runnable event) {
        AtomicBoolean done = new AtomicBoolean();
        OutputStream err =
                new OutputStream() {
                    private final StringBuilder seen = new StringBuilder();

                    @Override
                    public void write(int character) {
                        seen.append((char) character);
                        if (seen.indexOf("read embeddings") >= 0 && !done.getAndSet(true)) {
                            event.run();
                        }
                    }
                };
        return new Console(
                new PrintStream(OutputStream.nullOutputStream()),
                new PrintStream(err, true),
                false,
                false);
    }

    private static Finding finding(
            String item, Finding.Kind kind, List<Integer> published, List<Integer> expected) {
        return new Finding(item, kind, published, expected, 0, 0);
    }

    private static SidUpdate update(String item, int code) {
        return TestingUpdates.of(item, "v", UpdateReason.NEW, 0, code);
    }
}
