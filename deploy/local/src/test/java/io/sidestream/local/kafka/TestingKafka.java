package io.sidestream.local.kafka;

import io.sidestream.local.stack.Broker;
import io.sidestream.local.stack.DataDirectory;
import io.sidestream.schema.Topics;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * One Kafka broker for all tests of a run. A test that has a {@link Connection} parameter gets one
 * with topics of its own; they do not exist yet.
 */
public final class TestingKafka implements ParameterResolver {

    private static final AtomicInteger TESTS = new AtomicInteger();

    /** Closed by JUnit at the end of the run. */
    private record Running(DataDirectory data, Broker broker) implements AutoCloseable {

        static Running start() {
            try {
                DataDirectory data = DataDirectory.temporary();
                return new Running(data, Broker.start(data, 0));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() {
            broker.close();
            data.close();
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Connection.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Running running =
                context.getRoot()
                        .getStore(Namespace.create(TestingKafka.class))
                        .computeIfAbsent(Running.class, key -> Running.start(), Running.class);
        return new Connection(
                running.broker().bootstrap(),
                Map.of(),
                new Topics("test%d.".formatted(TESTS.incrementAndGet())));
    }
}
