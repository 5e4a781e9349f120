package io.sidestream.bench.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.codebook.Codebook;
import io.sidestream.codebook.CodebookTrainer;
import io.sidestream.codebook.TrainingOptions;
import io.sidestream.embedding.EmbeddingMatrix;
import io.sidestream.quantize.ResidualQuantizer;
import io.sidestream.schema.EmbeddingFormat;
import io.sidestream.schema.EmbeddingMessage;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Embeddings of a catalog that has the shape of a real one: clusters, few of them large and many
 * small, and within them more variation along a few directions than along all others. As in a real
 * one, most items have a path of their own. Every record is another item.
 *
 * @param records how many
 * @param dimension of the embeddings
 * @param layers of the codebook
 * @param codewords a layer
 */
record Workload(int records, int dimension, int layers, int codewords) {

    private static final int CLUSTERS = 500;
    private static final int DIRECTIONS = 8;
    private static final double SPREAD = 0.4;
    private static final double NOISE = 0.1;
    private static final int SAMPLE = 10_000;
    private static final int MEASURED = 20_000;
    private static final long SEED = 20_170_617;

    /** Makes the embeddings, one after the other, always the same. */
    private static final class Generator {

        private final SplittableRandom random = new SplittableRandom(SEED);
        private final float[][] centres;
        private final float[][] directions;
        private final float[] embedding;

        Generator(int dimension) {
            embedding = new float[dimension];
            centres = gaussian(CLUSTERS, dimension, 1);
            directions = gaussian(DIRECTIONS, dimension, SPREAD);
        }

        private float[][] gaussian(int rows, int columns, double scale) {
            float[][] values = new float[rows][columns];
            for (float[] row : values) {
                for (int t = 0; t < columns; t++) {
                    row[t] = (float) (scale * random.nextGaussian());
                }
            }
            return values;
        }

        /** The next embedding; overwritten by the one after it. */
        float[] next() {
            double uniform = random.nextDouble();
            float[] centre = centres[(int) (uniform * uniform * CLUSTERS)];
            for (int t = 0; t < embedding.length; t++) {
                embedding[t] = centre[t] + (float) (NOISE * random.nextGaussian());
            }
            for (float[] direction : directions) {
                float along = (float) random.nextGaussian();
                for (int t = 0; t < embedding.length; t++) {
                    embedding[t] += along * direction[t];
                }
            }
            return embedding;
        }
    }

    /** Writes all records to a topic; their ids are distinct. */
    void writeTo(Producer<byte[], byte[]> producer, String topic) {
        Generator generator = new Generator(dimension);
        EmbeddingFormat format = new EmbeddingFormat();
        for (int i = 0; i < records; i++) {
            write(producer, topic, format, i, generator.next());
        }
        producer.flush();
    }

    private static void write(
            Producer<byte[], byte[]> producer,
            String topic,
            EmbeddingFormat format,
            int number,
            float[] embedding) {
        String id = "item-%09d".formatted(number);
        producer.send(
                new ProducerRecord<>(
                        topic,
                        id.getBytes(UTF_8),
                        format.encode(new EmbeddingMessage(id, embedding))));
    }

    /** New embeddings for items picked at random, without end. */
    Changes changes() {
        return new Changes(records, dimension);
    }

    /** Makes few embeddings and uses them again: to make one takes longer than to quantize it. */
    static final class Changes {

        private static final int POOL = 4_096;

        private final SplittableRandom random = new SplittableRandom();
        private final EmbeddingFormat format = new EmbeddingFormat();
        private final int items;
        private final float[][] pool;

        private Changes(int items, int dimension) {
            this.items = items;
            Generator generator = new Generator(dimension);
            this.pool = new float[POOL][];
            for (int i = 0; i < POOL; i++) {
                pool[i] = generator.next().clone();
            }
        }

        void writeNext(Producer<byte[], byte[]> producer, String topic) {
            write(producer, topic, format, random.nextInt(items), pool[random.nextInt(POOL)]);
        }
    }

    /** A codebook that fits the embeddings, briefly trained. */
    Codebook codebook(String version) {
        int[] sizes = new int[layers];
        Arrays.fill(sizes, codewords);
        int rows = Math.max(SAMPLE, 8 * codewords);
        return CodebookTrainer.train(
                version,
                new EmbeddingMatrix(
                        IntStream.range(0, rows).mapToObj(Integer::toString).toList(),
                        dimension,
                        sample(rows)),
                TrainingOptions.builder(sizes)
                        .seed(SEED)
                        .maxIterations(4)
                        .threads(Runtime.getRuntime().availableProcessors())
                        .build(),
                progress -> {});
    }

    /** Seconds that quantizing one embedding takes on one thread, in bundles as the job's. */
    double secondsToQuantize(Codebook codebook, int bundle) {
        ResidualQuantizer.Worker worker = codebook.quantizer().worker();
        float[] embeddings = sample(bundle);
        int[] codes = new int[bundle * layers];
        int bundles = Math.max(1, MEASURED / bundle);
        double best = Double.MAX_VALUE;
        for (int repeat = 0; repeat < 5; repeat++) {
            long begin = System.nanoTime();
            for (int i = 0; i < bundles; i++) {
                worker.quantize(embeddings, bundle, codes);
            }
            best = Math.min(best, (System.nanoTime() - begin) / 1e9);
        }
        return best / bundles / bundle;
    }

    private float[] sample(int rows) {
        Generator generator = new Generator(dimension);
        float[] values = new float[rows * dimension];
        for (int row = 0; row < rows; row++) {
            System.arraycopy(generator.next(), 0, values, row * dimension, dimension);
        }
        return values;
    }
}
