package io.sidestream.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FieldsTest {

    private final DataOutputSerializer out = new DataOutputSerializer(16);

    @ParameterizedTest
    @CsvSource({
        "0, 1",
        "127, 1",
        "128, 2",
        "16383, 2",
        "16384, 3",
        "2147483647, 5",
        "9223372036854775807, 9",
        "-1, 10",
        "-9223372036854775808, 10"
    })
    void writesSmallNumbersInFewBytes(long number, int bytes) throws IOException {
        Fields.writeNumber(out, number);

        assertThat(out.length()).isEqualTo(bytes);
        assertThat(Fields.readNumber(in())).isEqualTo(number);
    }

    @Test
    void refusesANumberThatDoesNotEnd() {
        byte[] endless = new byte[11];
        Arrays.fill(endless, (byte) 0x80);

        assertThatThrownBy(() -> Fields.readNumber(new DataInputDeserializer(endless)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("damaged");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "snö-漢字-🍣", "\u0000"})
    void readsTheStringItWrote(String text) throws IOException {
        Fields.writeString(out, text);

        assertThat(Fields.readString(in())).isEqualTo(text);
    }

    @Test
    void tellsNullFromEmpty() throws IOException {
        Fields.writeNullableBytes(out, null);
        Fields.writeNullableBytes(out, new byte[0]);
        Fields.writeNullableBytes(out, new byte[] {1, 2});

        DataInputDeserializer in = in();
        assertThat(Fields.readNullableBytes(in)).isNull();
        assertThat(Fields.readNullableBytes(in)).isEmpty();
        assertThat(Fields.readNullableBytes(in)).containsExactly(1, 2);
    }

    @Test
    void readsTheTokensItWrote() throws IOException {
        int[] tokens = {-1, 0, 126, 127, 255, Integer.MAX_VALUE};
        Fields.writeTokens(out, tokens);
        Fields.writeTokens(out, new int[0]);

        DataInputDeserializer in = in();
        assertThat(Fields.readTokens(in)).containsExactly(tokens);
        assertThat(Fields.readTokens(in)).isEmpty();
    }

    @Test
    void doesNotReadOverTheEnd() throws IOException {
        Fields.writeBytes(out, new byte[5]);
        byte[] cut = Arrays.copyOf(out.getCopyOfBuffer(), 4);

        assertThatThrownBy(() -> Fields.readBytes(new DataInputDeserializer(cut)))
                .isInstanceOf(EOFException.class);
    }

    private DataInputDeserializer in() {
        return new DataInputDeserializer(out.getCopyOfBuffer());
    }
}
