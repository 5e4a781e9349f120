package io.sidestream.local.kafka;

import io.sidestream.local.UserError;
import io.sidestream.schema.RemapPlanStatus;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Follows the remap plans that the topic {@code sid-remaps} records. Serves one thread. */
public final class RemapLog implements AutoCloseable {

    private final RemapTable table;
    private final TopicFollower topic;

    private RemapLog(RemapTable table, TopicFollower topic) {
        this.table = table;
        this.topic = topic;
    }

    /**
     * The plans of all codebook versions in the order in which they were made.
     *
     * @throws UserError if the topic does not exist or the broker stops answering
     */
    public static List<PlanLife> read(Connection connection) throws InterruptedException {
        RemapTable table = new RemapTable();
        TopicFollower.read(connection, connection.topics().remaps(), table::apply);
        return table.plans();
    }

    /**
     * Reads what is recorded so far, to go on from there.
     *
     * @throws UserError if the topic does not exist or the broker stops answering
     */
    public static RemapLog follow(Connection connection) throws InterruptedException {
        RemapTable table = new RemapTable();
        return new RemapLog(
                table, TopicFollower.start(connection, connection.topics().remaps(), table::apply));
    }

    /** Waits for news, at most for the time given, and tells whether there were any. */
    public boolean poll(Duration patience) {
        return topic.poll(patience);
    }

    /** The plans of all codebook versions in the order in which they were made. */
    public List<PlanLife> plans() {
        return table.plans();
    }

    /** A plan, if it is recorded. */
    public Optional<PlanLife> plan(String version, long epoch) {
        return table.plan(version, epoch);
    }

    /**
     * The latest step that names a request. Its epoch tells the plan that the request has led to,
     * to be followed with {@link #plan}; epoch 0 says that the job has refused it, and the message
     * why.
     */
    public Optional<RemapPlanStatus> answer(String requestId) {
        return table.answer(requestId);
    }

    @Override
    public void close() {
        topic.close();
    }
}
