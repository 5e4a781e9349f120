package io.sidestream.schema;

/**
 * Turns records of one kind into bytes and back. Instances keep buffers and serve one thread.
 *
 * @param <T> the record
 */
public interface WireFormat<T> {

    byte[] encode(T message);

    /**
     * @throws MalformedRecordException if the bytes are not such a record
     */
    T decode(byte[] bytes) throws MalformedRecordException;
}
