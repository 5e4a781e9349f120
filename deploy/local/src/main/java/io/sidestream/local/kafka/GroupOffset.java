package io.sidestream.local.kafka;

import io.sidestream.local.UserError;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** How far a consumer group has come in a topic of one partition. Serves one thread. */
public final class GroupOffset implements AutoCloseable {

    private final Connection connection;
    private final String group;
    private final TopicPartition partition;
    private final Admin admin;

    public GroupOffset(Connection connection, String group, String topic) {
        this.connection = connection;
        this.group = group;
        this.partition = new TopicPartition(topic, 0);
        this.admin = connection.admin();
    }

    /**
     * The offset that the group reads next as of its last commit; 0 if it has never committed.
     *
     * @throws UserError if the broker does not answer
     */
    public long next() throws InterruptedException {
        OffsetAndMetadata committed =
                KafkaErrors.get(
                                connection,
                                admin.listConsumerGroupOffsets(group)
                                        .partitionsToOffsetAndMetadata())
                        .get(partition);
        return committed == null ? 0 : committed.offset();
    }

    @Override
    public void close() {
        admin.close();
    }
}
