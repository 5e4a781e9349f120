package io.sidestream.local.kafka;

import io.sidestream.local.UserError;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Kafka's exceptions in words that tell a person what to do. */
final class KafkaErrors {

    private KafkaErrors() {}

    /** The result of an admin call. */
    static <T> T get(Connection connection, KafkaFuture<T> future) throws InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw explain(connection, e.getCause());
        }
    }

    /**
     * The exception to throw for one that a Kafka client has thrown: a {@link UserError} where a
     * person can do something about it, otherwise the exception itself.
     */
    static RuntimeException explain(Connection connection, Throwable error) {
        String at = connection.bootstrap();
        if (error instanceof InterruptException interrupted) {
            return interrupted;
        }
        if (error instanceof AuthenticationException) {
            return new UserError(
                    ("the Kafka broker at %s does not accept these credentials: %s; check"
                                    + " the security settings given with --kafka-property or"
                                    + " --kafka-config")
                            .formatted(at, error.getMessage()),
                    error);
        }
        if (error instanceof AuthorizationException) {
            return new UserError(
                    ("the Kafka broker at %s does not allow this: %s; ask its"
                                    + " administrator for the right")
                            .formatted(at, error.getMessage()),
                    error);
        }
        if (error instanceof UnknownTopicOrPartitionException) {
            return new UserError(
                    ("a topic is missing at %s (%s); create Sidestream's topics with"
                                    + " `sidestream topics create`")
                            .formatted(at, error.getMessage()),
                    error);
        }
        if (error instanceof InvalidReplicationFactorException) {
            return new UserError(
                    ("the Kafka cluster at %s cannot replicate like that: %s; give another"
                                    + " --replication")
                            .formatted(at, error.getMessage()),
                    error);
        }
        if (error instanceof InvalidTopicException) {
            return new UserError(
                    ("the Kafka cluster at %s takes no topic of this name: %s; Kafka counts"
                                    + " '.' and '_' as one: choose another name for the version"
                                    + " (--version), or another --topic-prefix")
                            .formatted(at, error.getMessage()),
                    error);
        }
        if (error instanceof RecordTooLargeException) {
            return new UserError(
                    ("a record is too large for Kafka: %s; raise max.request.size"
                                    + " (--kafka-property) and the topic's max.message.bytes")
                            .formatted(error.getMessage()),
                    error);
        }
        if (error instanceof TimeoutException) {
            return new UserError(
                    "the Kafka broker at %s did not answer in time: %s; is it still running?"
                            .formatted(at, error.getMessage()),
                    error);
        }
        return error instanceof RuntimeException unexpected
                ? unexpected
                : new KafkaException(error);
    }

    /** No broker was there to begin with. */
    static UserError unreachable(Connection connection, Throwable cause) {
        return new UserError(
                ("no Kafka broker answers at %s; start one with `sidestream up`, or name"
                                + " another with --bootstrap")
                        .formatted(connection.bootstrap()),
                cause);
    }

    /** A client could not even be made: the innermost message names the setting. */
    static UserError unusableSettings(Connection connection, KafkaException error) {
        Throwable innermost = error;
        while (innermost.getCause() != null) {
            innermost = innermost.getCause();
        }
        return new UserError(
                "cannot connect to Kafka at %s with these settings: %s"
                        .formatted(
                                connection.bootstrap(),
                                connection.withoutSecrets(String.valueOf(innermost.getMessage()))),
                error);
    }
}
