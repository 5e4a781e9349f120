package io.sidestream.operators.resolve;

import io.sidestream.operators.Fields;
import io.sidestream.operators.RecordFormat;
import io.sidestream.operators.RecordType;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.roaringbitmap.RoaringBitmap;

/** Which ordinals of a path are taken, and as long as they are few, by whom. Immutable. */
sealed interface PathMembers {

    RecordType<PathMembers> TYPE = RecordType.of(PathMembers.class, new Format());

    /** Whether nobody is on the path. */
    boolean isEmpty();

    int lowestFree();

    /** How many items are on the path. */
    int size();

    /**
     * Almost every path has one item or two: the members stand here, so that joining and leaving
     * cost one write.
     *
     * @param slots the item ids by ordinal; empty where an ordinal below the highest is free
     */
    record Few(List<String> slots) implements PathMembers {

        static final Few NONE = new Few(List.of());

        private static final String FREE = ""; // no item has an empty id
        private static final int MOST = 8;

        @Override
        public boolean isEmpty() {
            return slots.isEmpty();
        }

        @Override
        public int lowestFree() {
            int gap = slots.indexOf(FREE);
            return gap < 0 ? slots.size() : gap;
        }

        @Override
        public int size() {
            int size = 0;
            for (String slot : slots) {
                size += slot.equals(FREE) ? 0 : 1;
            }
            return size;
        }

        boolean isFull() {
            return lowestFree() == MOST;
        }

        int ordinal(String itemId) {
            return slots.indexOf(itemId);
        }

        /** The path once an item has taken the lowest free ordinal. */
        Few join(String itemId) {
            List<String> after = new ArrayList<>(slots);
            int ordinal = lowestFree();
            if (ordinal == after.size()) {
                after.add(itemId);
            } else {
                after.set(ordinal, itemId);
            }
            return new Few(after);
        }

        /** The path once a member has given its ordinal back. */
        Few leave(String itemId) {
            List<String> after = new ArrayList<>(slots);
            after.set(ordinal(itemId), FREE);
            while (!after.isEmpty() && after.get(after.size() - 1).equals(FREE)) {
                after.remove(after.size() - 1);
            }
            return new Few(after);
        }
    }

    /**
     * A crowded path: who has which ordinal is kept elsewhere, one entry a member.
     *
     * @param bound no ordinal from here on is taken
     * @param gaps ordinals below the bound that are free; never the one just below it
     */
    record Many(int bound, RoaringBitmap gaps) implements PathMembers {

        static final Many NONE = new Many(0, new RoaringBitmap());

        @Override
        public boolean isEmpty() {
            return bound == 0;
        }

        @Override
        public int lowestFree() {
            return gaps.isEmpty() ? bound : gaps.first();
        }

        @Override
        public int size() {
            return bound - gaps.getCardinality();
        }

        /** The path once the lowest free ordinal is taken. */
        Many join() {
            if (gaps.isEmpty()) {
                return new Many(bound + 1, gaps);
            }
            RoaringBitmap rest = gaps.clone();
            rest.remove(gaps.first());
            return new Many(bound, rest);
        }

        /** The path once an ordinal is given back. */
        Many leave(int ordinal) {
            RoaringBitmap free = gaps.clone();
            free.add(ordinal);
            int top = bound;
            while (top > 0 && free.contains(top - 1)) {
                free.remove(--top);
            }
            return new Many(top, free);
        }
    }

    /** Layout: 0, then the slots; or 1, the bound, and the gaps in Roaring's portable format. */
    final class Format implements RecordFormat<PathMembers> {

        private static final long serialVersionUID = 1L;
        private static final int FEW = 0;
        private static final int MANY = 1;

        @Override
        public int version() {
            return 1;
        }

        @Override
        public void write(PathMembers value, DataOutputView out) throws IOException {
            if (value instanceof Few few) {
                out.writeByte(FEW);
                Fields.writeNumber(out, few.slots.size());
                for (String slot : few.slots) {
                    Fields.writeString(out, slot);
                }
            } else if (value instanceof Many many) {
                out.writeByte(MANY);
                Fields.writeNumber(out, many.bound);
                ByteArrayOutputStream gaps = new ByteArrayOutputStream();
                many.gaps.serialize(new DataOutputStream(gaps));
                Fields.writeBytes(out, gaps.toByteArray());
            }
        }

        @Override
        public PathMembers read(int version, DataInputView in) throws IOException {
            if (in.readByte() == FEW) {
                int count = (int) Fields.readNumber(in);
                List<String> slots = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    slots.add(Fields.readString(in));
                }
                return new Few(slots);
            }
            int bound = (int) Fields.readNumber(in);
            RoaringBitmap gaps = new RoaringBitmap();
            gaps.deserialize(new DataInputStream(new ByteArrayInputStream(Fields.readBytes(in))));
            return new Many(bound, gaps);
        }
    }
}
