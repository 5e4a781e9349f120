package io.sidestream.jobs;

import io.sidestream.operators.Announcement;
import io.sidestream.operators.assign.OutputTopics;
import io.sidestream.operators.publish.Publication;
import io.sidestream.schema.DeadLetter;
import org.apache.flink.api.connector.sink2.Sink;

/**
 * What the indexing job writes.
 *
 * @param updates takes the records of {@code sid-updates.<version>}
 * @param announcements takes the records of {@code sid-hourglass}, {@code sid-remaps} and {@code
 *     sid-progress}
 * @param deadLetters takes the records of {@code sid-dead-letters}
 * @param topics of the updates; a version is used once its topic can be written to
 */
public record IndexingSinks(
        Sink<Publication> updates,
        Sink<Announcement> announcements,
        Sink<DeadLetter> deadLetters,
        OutputTopics topics) {

    /** Sinks that take updates of any version. */
    public IndexingSinks(
            Sink<Publication> updates,
            Sink<Announcement> announcements,
            Sink<DeadLetter> deadLetters) {
        this(updates, announcements, deadLetters, OutputTopics.any());
    }
}
