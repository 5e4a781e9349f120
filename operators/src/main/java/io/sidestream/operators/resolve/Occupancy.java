package io.sidestream.operators.resolve;

import io.sidestream.operators.Fields;
import io.sidestream.operators.RecordFormat;
import io.sidestream.operators.RecordType;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.ByteArrayInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.roaringbitmap.RoaringBitmap;

/**
 * Which ordinals of a path are taken: all below a bound, but for some that their items gave back.
 * Almost every path has no gaps and takes two bytes.
 *
 * @param bound no ordinal from here on is taken
 * @param gaps ordinals below the bound that are free; never the one just below it
 */
record Occupancy(int bound, RoaringBitmap gaps) {

    static final RecordType<Occupancy> TYPE = RecordType.of(Occupancy.class, new Format());

    static final Occupancy NONE = new Occupancy(0, new RoaringBitmap());

    boolean isEmpty() {
        return bound == 0;
    }

    /** How many items are on the path. */
    int items() {
        return bound - gaps.getCardinality();
    }

    int lowestFree() {
        return gaps.isEmpty() ? bound : gaps.first();
    }

    /** The path once the lowest free ordinal is taken. */
    Occupancy join() {
        if (gaps.isEmpty()) {
            return new Occupancy(bound + 1, gaps);
        }
        RoaringBitmap rest = gaps.clone();
        rest.remove(gaps.first());
        return new Occupancy(bound, rest);
    }

    /** The path once an ordinal is given back. */
    Occupancy leave(int ordinal) {
        RoaringBitmap free = gaps.clone();
        free.add(ordinal);
        int top = bound;
        while (top > 0 && free.contains(top - 1)) {
            free.remove(--top);
        }
        return new Occupancy(top, free);
    }

    /** Layout: bound, then the gaps in Roaring's portable format, or an empty byte array. */
    public static final class Format implements RecordFormat<Occupancy> {

        private static final long serialVersionUID = 1L;
        private static final byte[] NO_GAPS = {};

        @Override
        public int version() {
            return 1;
        }

        @Override
        public void write(Occupancy value, DataOutputView out) throws IOException {
            Fields.writeNumber(out, value.bound);
            Fields.writeBytes(out, value.gaps.isEmpty() ? NO_GAPS : bytes(value.gaps));
        }

        @Override
        public Occupancy read(int version, DataInputView in) throws IOException {
            int bound = (int) Fields.readNumber(in);
            byte[] bytes = Fields.readBytes(in);
            RoaringBitmap gaps = new RoaringBitmap();
            if (bytes.length > 0) {
                gaps.deserialize(new DataInputStream(new ByteArrayInputStream(bytes)));
            }
            return new Occupancy(bound, gaps);
        }

        private static byte[] bytes(RoaringBitmap gaps) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            gaps.serialize(new DataOutputStream(bytes));
            return bytes.toByteArray();
        }
    }
}
