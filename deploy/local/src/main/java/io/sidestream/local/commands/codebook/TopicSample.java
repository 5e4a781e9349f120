package io.sidestream.local.commands.codebook;

import io.sidestream.embedding.EmbeddingMatrix;
import io.sidestream.local.console.Console;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.LiveItems;
import java.util.Locale;
import java.util.Map;

/**
 * A sample of the catalog as it is in the input topic.
 *
 * @param items the sample
 * @param facts where it comes from, for the codebook that is made of it: {@code sample_topic}, and
 *     {@code sample_live_items}, of which there were so many
 */
record TopicSample(EmbeddingMatrix items, Map<String, String> facts) {

    /** Draws a sample, and says what it is one of. */
    static TopicSample draw(Connection connection, LiveItems.Wanted wanted, Console console)
            throws InterruptedException {
        LiveItems drawn = LiveItems.sample(connection, wanted, console);
        EmbeddingMatrix items = drawn.items();
        String about = drawn.estimated() ? "about " : "";
        console.note(
                String.format(
                        Locale.ROOT,
                        "%,d of %s%,d live items, dimension %d",
                        items.rows(),
                        about,
                        drawn.live(),
                        items.dimension()));
        if (drawn.leftOut() > 0) {
            console.warn(
                    String.format(
                            Locale.ROOT,
                            "%,d records were passed over: %,d hold no embedding, %,d one of"
                                    + " another dimension%s",
                            drawn.leftOut(),
                            drawn.undecodable(),
                            drawn.unfit(),
                            wanted.normalizable() ? " or zero" : ""));
        }
        return new TopicSample(
                items,
                Map.of(
                        "sample_topic",
                        connection.topics().itemEmbeddings(),
                        "sample_live_items",
                        about + drawn.live()));
    }
}
