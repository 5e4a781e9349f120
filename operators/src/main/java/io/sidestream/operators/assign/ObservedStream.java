package io.sidestream.operators.assign;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * A stream that reports whenever many bytes have come, and the end: a store that sends a byte now
 * and then does not count as one that answers.
 */
final class ObservedStream extends FilterInputStream {

    /** So many bytes are an answer of the store. */
    static final int ANSWER_BYTES = 8 << 20;

    private final Runnable answered;
    private long unreported;

    ObservedStream(InputStream in, Runnable answered) {
        super(in);
        this.answered = answered;
    }

    @Override
    public int read() throws IOException {
        int next = super.read();
        count(next < 0 ? -1 : 1);
        return next;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int count = super.read(bytes, offset, length);
        count(count);
        return count;
    }

    private void count(int bytes) {
        unreported += bytes;
        if (bytes < 0 || unreported >= ANSWER_BYTES) {
            unreported = 0;
            answered.run();
        }
    }
}
