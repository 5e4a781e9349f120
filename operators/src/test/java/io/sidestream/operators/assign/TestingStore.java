package io.sidestream.operators.assign;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Access to codebooks in a folder, read at once by the thread that asks for them. */
public final class TestingStore {

    public static final Duration TIMEOUT = Duration.ofSeconds(30);

    private TestingStore() {}

    public static StoreAccess in(Path folder) {
        return in(folder, Runnable::run);
    }

    /** Throws anything from where only some exceptions may be thrown. */
    @SuppressWarnings("unchecked")
    static <E extends Throwable> E sneaky(Throwable failure) throws E {
        throw (E) failure;
    }

    static StoreAccess in(Path folder, StoreRead.Threads threads) {
        return new StoreAccess(
                new StoreOptions(List.of(folder.toUri().toString()), TIMEOUT),
                OutputTopics.any(),
                threads);
    }
}
