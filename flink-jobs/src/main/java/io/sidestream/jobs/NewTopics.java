package io.sidestream.jobs;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;

/** Waits for topics that were just created. */
public final class NewTopics {

    private static final int PAUSE_MILLIS = 20;

    private NewTopics() {}

    /**
     * Returns when the leader of every partition answers. Kafka confirms a creation before that,
     * and a producer that writes at once can then lose records: with several batches in flight the
     * leader may refuse the first ones because it is not ready, accept a later one, and refuse the
     * first ones as out of order until their delivery times out.
     *
     * @param topics that exist or are being created
     * @param patience longest time to wait
     * @throws ExecutionException if the brokers refuse to answer, or do not answer in time
     */
    public static void awaitLeaders(Admin admin, Collection<String> topics, Duration patience)
            throws InterruptedException, ExecutionException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            try {
                Map<String, TopicDescription> known =
                        admin.describeTopics(topics).allTopicNames().get();
                Map<TopicPartition, OffsetSpec> ends =
                        known.values().stream()
                                .flatMap(NewTopics::partitions)
                                .collect(
                                        Collectors.toMap(
                                                Function.identity(), p -> OffsetSpec.latest()));
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                ListOffsetsOptions options =
                        new ListOffsetsOptions().timeoutMs((int) Math.max(1, left));
                admin.listOffsets(ends, options).all().get();
                return;
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof RetriableException) || System.nanoTime() > deadline) {
                    throw e;
                }
                TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
            }
        }
    }

    private static Stream<TopicPartition> partitions(TopicDescription topic) {
        return topic.partitions().stream()
                .map(info -> new TopicPartition(topic.name(), info.partition()));
    }
}
