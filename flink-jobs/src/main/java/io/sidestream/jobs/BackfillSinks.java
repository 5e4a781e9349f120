package io.sidestream.jobs;

import io.sidestream.operators.assign.AssignedItem;
import io.sidestream.schema.DeadLetter;
import org.apache.flink.api.connector.sink2.Sink;

/**
 * What the backfill job writes.
 *
 * @param assignments takes the records of {@code sid-assignments}
 * @param deadLetters takes the records of {@code sid-dead-letters}
 */
public record BackfillSinks(Sink<AssignedItem> assignments, Sink<DeadLetter> deadLetters) {}
