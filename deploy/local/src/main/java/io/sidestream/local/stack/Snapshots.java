package io.sidestream.local.stack;

import static java.util.Comparator.comparing;
import static java.util.Comparator.reverseOrder;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the job has left behind to go on from. Every run of the job writes below directories that
 * bear its number, {@code checkpoints/<run>/<job>/chk-<n>} and {@code
 * savepoints/<run>/savepoint-<...>}: the newest snapshot is then one of the last run that has any,
 * and a clock that was set back between two runs cannot bring an old one forward.
 */
final class Snapshots {

    private static final String COMPLETE = "_metadata";

    /** A run, a job, a checkpoint and its metadata. */
    private static final int DEPTH = 4;

    private final Path checkpoints;
    private final Path savepoints;

    Snapshots(Path checkpoints, Path savepoints) {
        this.checkpoints = checkpoints;
        this.savepoints = savepoints;
    }

    /** Where one run of the job writes, and what it begins from. */
    record Run(Path checkpoints, Path savepoints, Optional<Path> restoreFrom) {}

    /** Prepares the run after the last one. */
    Run next() throws IOException {
        deleteEmptyDirectories(checkpoints);
        deleteEmptyDirectories(savepoints);
        List<Integer> runs = runs();
        Optional<Path> newest = Optional.empty();
        for (int run : runs) {
            newest = newest(run);
            if (newest.isPresent()) {
                break;
            }
        }
        int run = runs.isEmpty() ? 1 : runs.get(0) + 1;
        return new Run(directory(checkpoints, run), directory(savepoints, run), newest);
    }

    /** All runs that left something, the last one first. */
    private List<Integer> runs() throws IOException {
        try (Stream<Path> a = Files.list(checkpoints);
                Stream<Path> b = Files.list(savepoints)) {
            return Stream.concat(a, b)
                    .map(path -> path.getFileName().toString())
                    .filter(name -> name.matches("\\d{1,9}"))
                    .map(Integer::valueOf)
                    .distinct()
                    .sorted(reverseOrder())
                    .toList();
        }
    }

    private Optional<Path> newest(int run) throws IOException {
        return Stream.concat(
                        complete(directory(checkpoints, run)), complete(directory(savepoints, run)))
                .max(comparing(Snapshots::written).thenComparingLong(Snapshots::number))
                .map(Path::getParent);
    }

    private static Stream<Path> complete(Path run) throws IOException {
        if (!Files.isDirectory(run)) {
            return Stream.empty();
        }
        try (Stream<Path> files = Files.find(run, DEPTH, (path, is) -> is.isRegularFile())) {
            return files.filter(path -> path.endsWith(COMPLETE)).toList().stream();
        }
    }

    private static FileTime written(Path metadata) {
        try {
            return Files.getLastModifiedTime(metadata);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Of checkpoints written within one tick of the clock the higher number is the newer. */
    private static long number(Path metadata) {
        String name = metadata.getParent().getFileName().toString();
        return name.matches("chk-\\d{1,18}") ? Long.parseLong(name.substring(4)) : Long.MAX_VALUE;
    }

    private static Path directory(Path parent, int run) {
        return parent.resolve("%06d".formatted(run));
    }

    private static void deleteEmptyDirectories(Path top) throws IOException {
        try (Stream<Path> tree = Files.walk(top)) {
            for (Path directory : tree.filter(Files::isDirectory).sorted(reverseOrder()).toList()) {
                if (!directory.equals(top) && isEmpty(directory)) {
                    Files.delete(directory);
                }
            }
        }
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.findAny().isEmpty();
        }
    }
}
