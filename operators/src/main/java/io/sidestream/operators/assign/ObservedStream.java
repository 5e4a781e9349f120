package io.sidestream.operators.assign;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A stream that reports whenever bytes have come. */
final class ObservedStream extends FilterInputStream {

    private final Runnable progress;

    ObservedStream(InputStream in, Runnable progress) {
        super(in);
        this.progress = progress;
    }

    @Override
    public int read() throws IOException {
        int next = super.read();
        progress.run();
        return next;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int count = super.read(bytes, offset, length);
        progress.run();
        return count;
    }
}
