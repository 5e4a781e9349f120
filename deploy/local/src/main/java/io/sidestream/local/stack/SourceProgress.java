package io.sidestream.local.stack;

import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MetricOptions;
import org.apache.flink.connector.kafka.source.metrics.KafkaSourceReaderMetrics;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;
import org.apache.kafka.common.TopicPartition;

/**
 * How far the job's Kafka sources have read, from the metrics that they keep. The consumer group
 * tells the same, but late: the source commits its offsets between two polls, and when there is
 * nothing to read a poll takes ten seconds.
 */
public final class SourceProgress implements MetricReporter {

    private static final String NAME = "sidestream-progress";
    private static final String STACK = "stack";

    /** Flink itself makes its reporters; this is how each is found by the stack that wants it. */
    private static final Map<String, SourceProgress> INSTANCES = new ConcurrentHashMap<>();

    private final Map<TopicPartition, Gauge<?>> currentOffsets = new ConcurrentHashMap<>();

    private SourceProgress() {}

    /** Named in {@code META-INF/services}. */
    public static final class Factory implements MetricReporterFactory {
        @Override
        public MetricReporter createMetricReporter(Properties properties) {
            return INSTANCES.get(properties.getProperty(STACK));
        }
    }

    /**
     * The progress of the cluster that is started with these settings.
     *
     * @param settings gets what makes Flink report here
     * @param stack a name that no other stack in this process has
     */
    static SourceProgress reportedBy(Configuration settings, String stack) {
        SourceProgress progress = new SourceProgress();
        INSTANCES.put(stack, progress);
        settings.set(MetricOptions.REPORTERS_LIST, NAME);
        settings.setString("metrics.reporter." + NAME + ".factory.class", Factory.class.getName());
        settings.setString("metrics.reporter." + NAME + "." + STACK, stack);
        return progress;
    }

    /** The offset after the last record that was read of a partition in this run; 0: none was. */
    long position(TopicPartition partition) {
        Gauge<?> offset = currentOffsets.get(partition);
        return offset != null && offset.getValue() instanceof Long last ? last + 1 : 0;
    }

    @Override
    public void open(MetricConfig config) {}

    @Override
    public void close() {
        INSTANCES.values().remove(this);
    }

    @Override
    public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
        if (name.equals(KafkaSourceReaderMetrics.CURRENT_OFFSET_METRIC_GAUGE)
                && metric instanceof Gauge<?> gauge) {
            currentOffsets.put(partition(group), gauge);
        }
    }

    @Override
    public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {
        // A restarted task registers anew; whether before or after its predecessor leaves is open.
        currentOffsets.values().remove(metric);
    }

    private static TopicPartition partition(MetricGroup group) {
        Map<String, String> variables = group.getAllVariables();
        return new TopicPartition(
                variables.get("<" + KafkaSourceReaderMetrics.TOPIC_GROUP + ">"),
                Integer.parseInt(
                        variables.get("<" + KafkaSourceReaderMetrics.PARTITION_GROUP + ">")));
    }
}
