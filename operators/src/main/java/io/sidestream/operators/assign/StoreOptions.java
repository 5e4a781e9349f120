package io.sidestream.operators.assign;

import io.sidestream.schema.Quote;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;

/**
 * Where codebooks may be loaded from. A manifest is a record that anyone with access to its topic
 * can write; without roots it could make the job open any file that the job may read.
 *
 * @param roots folders as URIs; a manifest's file must be below one of them
 * @param timeout longest time without an answer of the store, or without 8 MiB of a large file
 */
public record StoreOptions(List<String> roots, Duration timeout) implements Serializable {

    /** The store that codebooks are published to unless another is named. */
    public static final String DEFAULT_ROOT =
            withoutSlash(
                    Path.of(System.getProperty("user.home"), ".sidestream", "codebooks")
                            .toUri()
                            .toString());

    public static final ConfigOption<List<String>> ROOTS =
            ConfigOptions.key("sidestream.store.roots")
                    .stringType()
                    .asList()
                    .defaultValues(DEFAULT_ROOT)
                    .withDescription(
                            "Folders that codebooks may be loaded from, as URIs. A version whose"
                                    + " file is elsewhere is not loaded.");

    public static final ConfigOption<Duration> TIMEOUT =
            ConfigOptions.key("sidestream.store.timeout")
                    .durationType()
                    .defaultValue(Duration.ofSeconds(30))
                    .withDescription(
                            "Longest time that the codebook store may take to answer, or to send 8 MiB"
                                    + " of a codebook. After that the version counts as failed, and"
                                    + " loading is tried again.");

    private static final String FILE = "file";

    /**
     * @throws IllegalArgumentException if an option is not usable; the message names it
     */
    public StoreOptions {
        roots = List.copyOf(roots);
        for (String root : roots) {
            try {
                parse(root);
            } catch (IOException e) {
                throw new IllegalArgumentException(
                        "%s: %s".formatted(ROOTS.key(), e.getMessage()), e);
            }
        }
        if (timeout.toMillis() < 1) {
            throw new IllegalArgumentException(
                    "%s is %s: it must be at least 1 ms".formatted(TIMEOUT.key(), timeout));
        }
    }

    public static StoreOptions from(ReadableConfig config) {
        return new StoreOptions(config.get(ROOTS), config.get(TIMEOUT));
    }

    /**
     * Checks that a manifest's file is below one of the roots; symbolic links of local files are
     * followed.
     *
     * @throws IOException if it is not, or the URI is not absolute
     */
    void requireAllowed(String uri) throws IOException {
        if (roots.isEmpty()) {
            throw new IOException(
                    "%s is not set: list the folders that codebooks may be loaded from, for example %s"
                            .formatted(ROOTS.key(), "file:///var/lib/sidestream/codebooks"));
        }
        URI file = parse(uri);
        for (String root : roots) {
            if (isBelow(parse(root), file)) {
                return;
            }
        }
        throw new IOException(
                "%s is not below any of the folders in %s; publish the version again, into one of them"
                        .formatted(Quote.quote(uri), ROOTS.key()));
    }

    private static String withoutSlash(String uri) {
        return uri.endsWith("/") ? uri.substring(0, uri.length() - 1) : uri;
    }

    /** An absolute URI of a file or folder, whose path has no parts that lead elsewhere. */
    private static URI parse(String uri) throws IOException {
        URI parsed;
        try {
            parsed = URI.create(uri);
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    "%s is not a URI; it must be absolute, for example file:///codebooks/v1"
                            .formatted(Quote.quote(uri)),
                    e);
        }
        String path = parsed.getPath();
        if (parsed.getScheme() == null
                || path == null
                || !path.startsWith("/")
                || parsed.getQuery() != null
                || parsed.getFragment() != null) {
            throw new IOException(
                    "%s is not an absolute URI of a file, such as file:///codebooks/v1"
                            .formatted(Quote.quote(uri)));
        }
        for (String part : segments(path)) {
            if (part.isEmpty()
                    || part.equals(".")
                    || part.equals("..")
                    || part.indexOf('\0') >= 0) {
                throw new IOException(
                        "%s has an empty part, '.' or '..' in its path"
                                .formatted(Quote.quote(uri)));
            }
        }
        return parsed;
    }

    private static List<String> segments(String path) {
        String inner = path.substring(1);
        String trimmed = inner.endsWith("/") ? inner.substring(0, inner.length() - 1) : inner;
        return trimmed.isEmpty() ? List.of() : List.of(trimmed.split("/", -1));
    }

    private static boolean isBelow(URI root, URI file) throws IOException {
        List<String> above = segments(root.getPath());
        List<String> below = segments(file.getPath());
        boolean isLocal = FILE.equalsIgnoreCase(root.getScheme());
        return root.getScheme().equalsIgnoreCase(file.getScheme())
                && Objects.equals(authority(root), authority(file))
                && above.size() < below.size()
                && above.equals(below.subList(0, above.size()))
                && (!isLocal || isBelow(Path.of(root.getPath()), Path.of(file.getPath())));
    }

    /** Whether a local file is still below its root when links are followed. */
    private static boolean isBelow(Path root, Path file) throws IOException {
        return !Files.exists(file) || file.toRealPath().startsWith(root.toRealPath());
    }

    private static String authority(URI uri) {
        String authority = uri.getAuthority();
        return authority == null || authority.isEmpty() ? null : authority.toLowerCase(Locale.ROOT);
    }
}
