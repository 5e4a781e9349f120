package io.sidestream.local.commands;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.stream.Collectors.joining;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Files in NumPy's format, version 1.0. */
public final class TestingNpy {

    private static final int HEADER = 118;

    private TestingNpy() {}

    /** An array of float32. */
    public static byte[] of(int[] shape, float... values) {
        String header =
                "{'descr': '<f4', 'fortran_order': False, 'shape': (%s)}"
                        .formatted(
                                Arrays.stream(shape)
                                        .mapToObj(Integer::toString)
                                        .collect(joining(", ")));
        ByteBuffer file =
                ByteBuffer.allocate(10 + HEADER + 4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        file.put("\u0093NUMPY\u0001\u0000".getBytes(ISO_8859_1)).putShort((short) HEADER);
        file.put((header + " ".repeat(HEADER - 1 - header.length()) + "\n").getBytes(ISO_8859_1));
        for (float value : values) {
            file.putFloat(value);
        }
        return file.array();
    }
}
