package io.sidestream.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidestream.jobs.KafkaOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Flink shows of a running job, and what it logs, holds no secret of its Kafka clients. */
class SecretsIT {

    private static final String SECRET = "hunter" + 2 + "-of-a-test";

    /** Pages of Flink's REST API that show settings, plans or failures. */
    private static final List<String> PAGES =
            List.of(
                    "/config",
                    "/jobmanager/config",
                    "/jobmanager/environment",
                    "/jobs/overview",
                    "/jobs/%s",
                    "/jobs/%s/config",
                    "/jobs/%s/plan",
                    "/jobs/%s/exceptions",
                    "/jobs/%s/checkpoints/config",
                    "/taskmanagers");

    @TempDir private Path directory;

    @Test
    void areNeitherOnThePagesNorInTheLogOfARunningJob() throws Exception {
        Path file =
                Files.writeString(
                        directory.resolve("client.properties"),
                        """
                        sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="u" password="%1$s";
                        ssl.keystore.key=%1$s
                        ssl.key.password=%1$s
                        basic.auth.user.info=user:%1$s
                        """
                                .formatted(SECRET));
        try (TestKafka kafka = TestKafka.create("secrets.");
                TestJob job =
                        TestJob.on(kafka, 1, directory)
                                .with(KafkaOptions.CONFIG_FILE, file.toString())
                                .with(
                                        KafkaOptions.PROPERTIES,
                                        Map.of("client.dns.lookup", "use_all_dns_ips"))
                                .start()) {
            Http http = new Http(job.restAddress(), HttpClient.newHttpClient());
            for (String page : PAGES) {
                String shown = http.get(page.formatted(job.id()));
                assertThat(shown).as(page).isNotEmpty().doesNotContain(SECRET);
            }
            assertThat(http.get("/jobmanager/config")).contains(file.toString());
        }
        String log = System.getProperty("sidestream.log.file", "target/integration-tests.log");
        assertThat(Files.readString(Path.of(log), StandardCharsets.UTF_8)).doesNotContain(SECRET);
    }

    /** The REST endpoint of a cluster. */
    private record Http(URI address, HttpClient client) {

        String get(String page) throws Exception {
            HttpResponse<String> response =
                    client.send(
                            HttpRequest.newBuilder(address.resolve(page)).build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).as(page).isEqualTo(200);
            return response.body();
        }
    }
}
