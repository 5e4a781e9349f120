package io.sidestream.local.versions;

import io.sidestream.local.kafka.Codebooks;
import java.util.List;

/**
 * A move in the life of a codebook version that has been made, or had been made before.
 *
 * @param version that was moved
 * @param before what was announced before it
 * @param overruled reasons against it that were overruled
 * @param end the offset after it in the topic of codebooks; 0 if everything was so already
 */
public record Moved(String version, Codebooks before, List<String> overruled, long end) {

    public Moved {
        overruled = List.copyOf(overruled);
    }

    /** Whether nothing was left to do. */
    public boolean wasSo() {
        return end == 0;
    }
}
