package io.sidestream.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sidestream.operators.watch.WatchOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;
import org.apache.flink.runtime.metrics.groups.AbstractMetricGroup;
import org.apache.flink.runtime.metrics.groups.FrontMetricGroup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rules and dashboard ask for metrics that a running job exports. */
class MonitoringIT {

    private static final Path MONITORING = Path.of("../deploy/monitoring");
    private static final Pattern METRIC = Pattern.compile("flink_[A-Za-z0-9_]+");

    @TempDir private Path directory;

    @Test
    void asksForMetricsThatTheJobExports() throws Exception {
        Set<String> asked = metrics(Files.readString(MONITORING.resolve("prometheus/rules.yml")));
        JsonNode dashboard =
                new ObjectMapper()
                        .readTree(
                                MONITORING.resolve("grafana/dashboards/sidestream.json").toFile());
        for (JsonNode panel : dashboard.get("panels")) {
            for (JsonNode target : panel.get("targets")) {
                Set<String> ofTarget = metrics(target.get("expr").asText());
                assertThat(ofTarget).as(panel.get("title").asText()).isNotEmpty();
                asked.addAll(ofTarget);
            }
        }
        assertThat(asked).hasSizeGreaterThan(20);

        TestCodebook codebook = TestCodebook.random("v1", 4, false, 1, 5, 5, 5);
        try (TestKafka kafka = TestKafka.create("monitoring.")) {
            kafka.publish(codebook, directory.resolve("codebooks"));
            ItemStream items = new ItemStream(kafka, new ExpectedCatalog(), List.of(codebook), 1);
            try (TestJob job =
                    TestJob.on(kafka, 1, directory)
                            .with(WatchOptions.INTERVAL, Duration.ofMillis(100))
                            .with(
                                    ConfigOptions.key("metrics.reporter.names.factory.class")
                                            .stringType()
                                            .noDefaultValue(),
                                    Names.Factory.class.getName())
                            .start()) {
                items.put("a", items.embedding());
                items.settle(job, List.of(codebook));
                Eventually.await(
                        "all metrics that are asked for: " + asked,
                        () -> {
                            job.requireAlive();
                            return Names.EXPORTED.containsAll(asked);
                        });
            }
        } catch (AssertionError e) {
            asked.removeAll(Names.EXPORTED);
            throw new AssertionError("Not exported: " + asked, e);
        }
    }

    private static Set<String> metrics(String text) {
        Set<String> names = new TreeSet<>();
        Matcher metric = METRIC.matcher(text);
        while (metric.find()) {
            names.add(metric.group());
        }
        return names;
    }

    /** Notes under which names Flink's Prometheus reporter exports metrics. */
    public static final class Names implements MetricReporter {

        private static final Set<String> EXPORTED = ConcurrentHashMap.newKeySet();

        /** Makes them, as Flink's configuration names it. */
        public static final class Factory implements MetricReporterFactory {
            @Override
            public MetricReporter createMetricReporter(Properties properties) {
                return new Names();
            }
        }

        @Override
        public void open(MetricConfig config) {}

        @Override
        public void close() {}

        @Override
        public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
            @SuppressWarnings("unchecked")
            String scope =
                    ((FrontMetricGroup<AbstractMetricGroup<?>>) group)
                            .getLogicalScope(Names::prometheus, '_');
            EXPORTED.add("flink_%s_%s".formatted(scope, prometheus(name)));
        }

        @Override
        public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {}

        /** Prometheus' names have no other characters. */
        private static String prometheus(String name) {
            return name.replaceAll("[^a-zA-Z0-9:_]", "_");
        }
    }
}
