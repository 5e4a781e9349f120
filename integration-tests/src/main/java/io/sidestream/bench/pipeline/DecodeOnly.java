package io.sidestream.bench.pipeline;

import io.sidestream.bench.Cluster;
import io.sidestream.bench.CpuTimes;
import io.sidestream.local.kafka.Connection;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.operators.decode.Decode;
import io.sidestream.operators.decode.DecodeOptions;
import java.nio.file.Path;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Flink's Kafka source and the job's own decoding, and nothing behind: no state, no checkpoint. */
final class DecodeOnly implements Pipeline {

    private final Connection kafka;
    private final int parallelism;
    private final int records;
    private final Path directory;

    DecodeOnly(Connection kafka, int parallelism, int records, Path directory) {
        this.kafka = kafka;
        this.parallelism = parallelism;
        this.records = records;
        this.directory = directory;
    }

    @Override
    public String title() {
        return "(b) Flink source, decode";
    }

    @Override
    public Measurement run(int round) throws Exception {
        try (Cluster cluster = Cluster.start(parallelism, directory)) {
            Configuration configuration = cluster.configuration();
            configuration.removeConfig(CheckpointingOptions.CHECKPOINTING_INTERVAL);
            StreamExecutionEnvironment env = new StreamExecutionEnvironment(configuration);
            env.fromSource(
                            ArrivalSource.of(kafka),
                            WatermarkStrategy.noWatermarks(),
                            "source",
                            IncomingRecord.TYPE)
                    .process(new Decode(DecodeOptions.from(configuration)))
                    .name("decode")
                    .sinkTo(new CountingSink<>());
            cluster.submit(env);
            cluster.await("all records", () -> CountingSink.count() == records);
            long end = System.nanoTime();
            ArrivalSource.Begin begin = ArrivalSource.begin();
            return new Measurement((end - begin.nanos()) / 1e9, CpuTimes.now().since(begin.cpu()));
        }
    }
}
