package io.sidestream.embedding;

import static io.sidestream.schema.Quote.excerpt;
import static io.sidestream.schema.Quote.quote;

import java.io.Closeable;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * An archive of named arrays, as {@code np.savez} and {@code np.savez_compressed} write it. Several
 * arrays may be read side by side; each is checked against its CRC when its end is reached.
 */
public final class NpzFile implements Closeable {
    private static final String SUFFIX = ".npy";

    private final String source;
    private final ZipFile zip;

    private NpzFile(String source, ZipFile zip) {
        this.source = source;
        this.zip = zip;
    }

    /** Opens an archive and reads its directory. */
    public static NpzFile open(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString());
        }
        ZipFile zip;
        try {
            zip = new ZipFile(file.toFile());
        } catch (ZipException | EOFException | RuntimeException e) {
            // The JDK's reader has several ways to trip over a damaged directory.
            throw unreadable(file.toString(), e);
        }
        try {
            requireDistinctNames(file.toString(), zip);
            return new NpzFile(file.toString(), zip);
        } catch (EmbeddingFileException e) {
            zip.close();
            throw e;
        } catch (RuntimeException e) {
            zip.close();
            throw unreadable(file.toString(), e);
        }
    }

    /** Of two entries of one name, a reader would silently take one or the other. */
    private static void requireDistinctNames(String source, ZipFile zip)
            throws EmbeddingFileException {
        Set<String> names = new HashSet<>();
        for (ZipEntry entry : Collections.list(zip.entries())) {
            if (!names.add(entry.getName())) {
                throw new EmbeddingFileException(
                        source,
                        "has two entries named "
                                + quote(entry.getName())
                                + ": write it again with np.savez");
            }
        }
    }

    private static EmbeddingFileException unreadable(String source, Exception cause) {
        return new EmbeddingFileException(
                source,
                "is not a readable .npz archive, or is truncated ("
                        + excerpt(cause.getMessage())
                        + "): write it with np.savez",
                cause);
    }

    /** Names of the arrays, in the order of the archive. */
    public List<String> names() {
        return zip.stream()
                .map(ZipEntry::getName)
                .filter(name -> name.endsWith(SUFFIX))
                .map(name -> name.substring(0, name.length() - SUFFIX.length()))
                .toList();
    }

    /**
     * Opens an array.
     *
     * @throws EmbeddingFileException when there is none of that name, or it is malformed
     */
    public NpyReader array(String name) throws IOException {
        ZipEntry entry = zip.getEntry(name + SUFFIX);
        if (entry == null) {
            throw new EmbeddingFileException(
                    source, "has no array \"" + name + "\"; it has " + excerpt(names()));
        }
        String array = source + ", array " + name;
        InputStream in;
        try {
            in = zip.getInputStream(entry);
        } catch (ZipException | EOFException | RuntimeException e) {
            throw unreadable(array, e);
        }
        return NpyReader.open(
                new VerifiedStream(in, entry.getCrc(), array), entry.getSize(), array);
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }

    /** Compares what was read with the CRC of the archive's directory, which the JDK leaves out. */
    private static final class VerifiedStream extends FilterInputStream {
        private final CRC32 crc = new CRC32();
        private final long expected;
        private final String source;

        VerifiedStream(InputStream in, long expected, String source) {
            super(in);
            this.expected = expected;
            this.source = source;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int count;
            try {
                count = in.read(target, offset, length);
            } catch (ZipException | EOFException | RuntimeException e) {
                throw corrupt(e);
            }
            if (count > 0) {
                crc.update(target, offset, count);
            } else if (count < 0 && crc.getValue() != expected) {
                throw corrupt(null);
            }
            return count;
        }

        @Override
        public boolean markSupported() {
            return false;
        }

        private EmbeddingFileException corrupt(Exception cause) {
            return new EmbeddingFileException(
                    source,
                    "is damaged: its bytes do not match the archive's checksum; copy or write the"
                            + " file again",
                    cause);
        }
    }
}
