package io.sidestream.schema;

import static io.sidestream.schema.DeadLetterCause.INVALID_ITEM_ID;
import static io.sidestream.schema.DeadLetterCause.UNDECODABLE;
import static io.sidestream.schema.DeadLetterCause.WRONG_LENGTH;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;

/**
 * {@link ItemEmbedding} in Avro single-object encoding, read and written by hand: this is the
 * record that arrives a hundred thousand times a second, and the generated class would box every
 * float of an {@code array<float>}.
 *
 * <p>Both branches of the union are read: {@code bytes} (little-endian float32, one bulk copy) and
 * {@code array<float>}. {@code bytes} is what it writes.
 */
public final class EmbeddingFormat implements WireFormat<EmbeddingMessage> {

    private static final String NAME = ItemEmbedding.class.getSimpleName();
    private static final byte[] HEADER = SingleObjectFormat.header(ItemEmbedding.getClassSchema());
    private static final int LONGEST_VARINT = 10;

    private final AvroOutput out = new AvroOutput();

    @Override
    public byte[] encode(EmbeddingMessage message) {
        out.startWith(HEADER);
        out.putString(message.itemId());
        out.putLong(0); // the union's first branch: bytes
        out.putPacked(message.embedding());
        out.putOptionalLong(message.revision());
        out.putOptionalLong(message.eventTime());
        return out.toByteArray();
    }

    @Override
    public EmbeddingMessage decode(byte[] bytes) throws MalformedRecordException {
        SingleObjectFormat.requireHeader(bytes, HEADER, NAME);
        return new Cursor(bytes, HEADER.length).message();
    }

    /** A position in the bytes of one message. Every read checks its bounds. */
    private static final class Cursor {

        private final byte[] bytes;
        private int at;

        Cursor(byte[] bytes, int at) {
            this.bytes = bytes;
            this.at = at;
        }

        EmbeddingMessage message() throws MalformedRecordException {
            String itemId = itemId();
            long branch = nextLong("embedding");
            float[] embedding;
            if (branch == 0) {
                embedding = packed();
            } else if (branch == 1) {
                embedding = array();
            } else {
                throw damaged("embedding: union branch " + branch + " of 2");
            }
            Long revision = nextOptional("revision");
            Long eventTime = nextOptional("event_time");
            if (at != bytes.length) {
                throw damaged((bytes.length - at) + " bytes are left over behind the record");
            }
            return new EmbeddingMessage(itemId, embedding, revision, eventTime);
        }

        private String itemId() throws MalformedRecordException {
            int length = nextLength("item_id");
            String id = new String(bytes, at, length, UTF_8);
            if (id.indexOf('\uFFFD') >= 0) { // a replacement character: sent as such, or not UTF-8?
                try {
                    UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, at, length));
                } catch (CharacterCodingException e) {
                    throw new MalformedRecordException(
                            INVALID_ITEM_ID, NAME + ": item_id is not UTF-8");
                }
            }
            at += length;
            return id;
        }

        private float[] packed() throws MalformedRecordException {
            int length = nextLength("embedding");
            if (length % Float.BYTES != 0) {
                throw new MalformedRecordException(
                        WRONG_LENGTH,
                        "%s: embedding has %d bytes, not a multiple of 4 (float32)"
                                .formatted(NAME, length));
            }
            float[] values = new float[length / Float.BYTES];
            littleEndian(length).asFloatBuffer().get(values);
            at += length;
            return values;
        }

        /** Blocks of floats: a count, or its negative and the block's size; a zero ends them. */
        private float[] array() throws MalformedRecordException {
            float[] values = new float[0];
            int size = 0;
            while (true) {
                long count = nextLong("embedding");
                if (count == 0) {
                    return size == values.length ? values : Arrays.copyOf(values, size);
                }
                if (count < 0) {
                    nextLong("embedding"); // the block's size in bytes; the count says as much
                    count = -count;
                }
                int room = (bytes.length - at) / Float.BYTES;
                if (count < 0 || count > room) {
                    throw damaged("embedding: a block of " + count + " floats does not fit");
                }
                if (size + count > values.length) { // a producer may write a float a block
                    int doubled = size + Math.min(Math.max(size, (int) count), room);
                    values = Arrays.copyOf(values, doubled);
                }
                littleEndian((int) count * Float.BYTES)
                        .asFloatBuffer()
                        .get(values, size, (int) count);
                size += (int) count;
                at += (int) count * Float.BYTES;
            }
        }

        private ByteBuffer littleEndian(int length) {
            return ByteBuffer.wrap(bytes, at, length).order(ByteOrder.LITTLE_ENDIAN);
        }

        private Long nextOptional(String field) throws MalformedRecordException {
            long branch = nextLong(field);
            if (branch == 0) {
                return null;
            }
            if (branch != 1) {
                throw damaged(field + ": union branch " + branch + " of 2");
            }
            return nextLong(field);
        }

        private int nextLength(String field) throws MalformedRecordException {
            long length = nextLong(field);
            if (length < 0 || length > bytes.length - at) {
                throw damaged("%s: %d bytes do not fit".formatted(field, length));
            }
            return (int) length;
        }

        private long nextLong(String field) throws MalformedRecordException {
            long value = 0;
            for (int shift = 0; shift < 7 * LONGEST_VARINT; shift += 7) {
                if (at == bytes.length) {
                    throw damaged("it ends within " + field);
                }
                byte next = bytes[at++];
                value |= (long) (next & 0x7F) << shift;
                if (next >= 0) {
                    return (value >>> 1) ^ -(value & 1);
                }
            }
            throw damaged(field + ": a number of more than 10 bytes");
        }

        private static MalformedRecordException damaged(String what) {
            return new MalformedRecordException(
                    UNDECODABLE, "%s: the Avro record is damaged: %s".formatted(NAME, what));
        }
    }
}
