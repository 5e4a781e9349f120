package io.sidestream.operators;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.schema.DeadLetter;
import io.sidestream.schema.DeadLetterCause;
import io.sidestream.schema.SingleObjectFormat;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DeadLettersTest {

    /** A producer's max.request.size, and a topic's max.message.bytes, unless configured. */
    private static final int KAFKA_DEFAULT = 1 << 20;

    private final Random random = new Random(3);

    @Test
    void keepsARecordAsItCame() {
        byte[] key = bytes(64 << 10);
        byte[] value = bytes(768 << 10);

        DeadLetter letter = letter(key, value, "why");

        assertThat(letter.getKey()).isEqualTo(ByteBuffer.wrap(key));
        assertThat(letter.getValue()).isEqualTo(ByteBuffer.wrap(value));
        assertThat(letter.getMessage()).isEqualTo("why");
    }

    @Test
    void keepsTheBeginningOfARecordWhoseDeadLetterWouldNotFitIntoKafka() throws Exception {
        byte[] key = bytes(3_000_000);
        byte[] value = bytes(5_000_000);

        DeadLetter letter = letter(key, value, "x".repeat(1_000_000));

        assertThat(letter.getKey()).isEqualTo(ByteBuffer.wrap(key, 0, 64 << 10));
        assertThat(letter.getValue()).isEqualTo(ByteBuffer.wrap(value, 0, 768 << 10));
        assertThat(letter.getMessage())
                .startsWith("xxx")
                .endsWith("its key has 3000000 bytes, its value 5000000)");
        byte[] encoded = SingleObjectFormat.of(DeadLetter.class).encode(letter);
        assertThat(letter.getKey().remaining() + encoded.length).isLessThan(KAFKA_DEFAULT - 1_000);
        assertThat(SingleObjectFormat.of(DeadLetter.class).decode(encoded)).isEqualTo(letter);
    }

    @Test
    void tellsAMissingKeyOrValueFromAnEmptyOne() {
        assertThat(letter(null, new byte[0], "why").getKey()).isNull();
        assertThat(letter(null, new byte[0], "why").getValue()).isEqualTo(ByteBuffer.allocate(0));
        assertThat(letter(new byte[0], null, "why").getValue()).isNull();
    }

    private static DeadLetter letter(byte[] key, byte[] value, String message) {
        return DeadLetters.of(
                new IncomingRecord("topic", 1, 2, 3, key, value), DeadLetterCause.OTHER, message);
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
