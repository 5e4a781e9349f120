package io.sidestream.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.codebook.Codebook;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.schema.DeadLetterCause;
import io.sidestream.schema.EmbeddingFormat;
import io.sidestream.schema.EmbeddingMessage;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Writes a scrambled stream of changes into a topic and knows what must come of it: plain loops in
 * double precision, and nothing of what is under test. Embeddings that have no clear nearest
 * codeword are not sent.
 */
final class CatalogOracle {

    private static final double CLEARLY = 1e-4;

    private final Random random;
    private final TestingTopic topic;
    private final List<Codebook> codebooks;

    /** The codes of every live item, by version and item. */
    private final Map<String, Map<String, List<Integer>>> expected = new TreeMap<>();

    /** The causes of dead letters, by origin. */
    private final Map<String, DeadLetterCause> refused = new TreeMap<>();

    /** Every item's last embedding as it was sent; null when it is deleted. */
    private final Map<String, float[]> embeddings = new HashMap<>();

    private final Map<String, Long> revisions = new HashMap<>();

    CatalogOracle(long seed, TestingTopic topic, List<Codebook> codebooks) {
        this.random = new Random(seed);
        this.topic = topic;
        this.codebooks = codebooks;
        codebooks.forEach(codebook -> expected.put(codebook.version(), new TreeMap<>()));
    }

    static Codebook codebook(String version, boolean normalize, int dimension, int... layerSizes) {
        Random random = new Random(version.hashCode());
        float[][] layers = new float[layerSizes.length][];
        for (int l = 0; l < layers.length; l++) {
            layers[l] = new float[layerSizes[l] * dimension];
            for (int i = 0; i < layers[l].length; i++) {
                layers[l][i] = (float) (random.nextGaussian() / (1 << l));
            }
        }
        return Codebook.of(version, dimension, normalize, layers, Map.of());
    }

    Map<String, Map<String, List<Integer>>> expected() {
        return expected;
    }

    Map<String, DeadLetterCause> refused() {
        return refused;
    }

    /** Sends that many changes of that many items. */
    void send(int changes, int items) {
        for (int i = 0; i < changes; i++) {
            int number = random.nextInt(items);
            String item = "item-" + number;
            boolean numbered = number % 3 == 0; // these have revisions of their own
            int dice = random.nextInt(100);
            if (dice < 10) {
                delete(item);
            } else if (dice < 20) {
                sendAgain(item, numbered);
            } else if (dice < 30 && numbered) {
                sendStale(item);
            } else if (dice < 40) {
                sendBad();
            } else {
                sendNew(item, numbered);
            }
        }
    }

    /** Sends a first embedding of that many more items, and nothing else. */
    void sendDistinct(String prefix, int items) {
        for (int i = 0; i < items; i++) {
            sendNew(prefix + i, false);
        }
    }

    private void sendNew(String item, boolean numbered) {
        Map<String, List<Integer>> codes = null;
        float[] embedding = null;
        while (codes == null) {
            embedding = randomEmbedding();
            codes = codes(embedding);
        }
        Long revision = null;
        if (numbered) {
            revision = revisions.merge(item, 1L + random.nextInt(3), Long::sum);
        }
        append(item, new EmbeddingMessage(item, embedding, revision, null));
        embeddings.put(item, embedding);
        codes.forEach((version, list) -> expected.get(version).put(item, list));
    }

    private void sendAgain(String item, boolean numbered) {
        float[] embedding = embeddings.get(item);
        if (embedding != null) {
            append(
                    item,
                    new EmbeddingMessage(
                            item, embedding, numbered ? revisions.get(item) : null, null));
        }
    }

    private void sendStale(String item) {
        if (revisions.containsKey(item)) {
            long stale = revisions.get(item) - (embeddings.get(item) == null ? 0 : 1);
            append(item, new EmbeddingMessage(item, randomEmbedding(), stale, null));
        }
    }

    private void delete(String item) {
        topic.append(item.getBytes(UTF_8), null);
        embeddings.put(item, null);
        expected.values().forEach(items -> items.remove(item));
    }

    private void sendBad() {
        byte[] key = "bad".getBytes(UTF_8);
        float[] embedding = randomEmbedding();
        switch (random.nextInt(4)) {
            case 0 -> refuse(topic.append(key, new byte[] {1, 2}), DeadLetterCause.UNDECODABLE);
            case 1 -> refuse(append("", embedding), DeadLetterCause.INVALID_ITEM_ID);
            case 2 -> {
                embedding[1] = Float.NaN;
                refuse(append("bad", embedding), DeadLetterCause.NOT_FINITE);
            }
            default ->
                    refuse(
                            append("bad", Arrays.copyOf(embedding, 2)),
                            DeadLetterCause.WRONG_LENGTH);
        }
    }

    private void refuse(IncomingRecord record, DeadLetterCause cause) {
        refused.put(record.origin(), cause);
    }

    private IncomingRecord append(String item, float[] embedding) {
        return append(item, new EmbeddingMessage(item, embedding));
    }

    private IncomingRecord append(String item, EmbeddingMessage message) {
        return topic.append(item.getBytes(UTF_8), new EmbeddingFormat().encode(message));
    }

    private float[] randomEmbedding() {
        float[] embedding = new float[codebooks.get(0).dimension()];
        for (int t = 0; t < embedding.length; t++) {
            embedding[t] = (float) random.nextGaussian();
        }
        return embedding;
    }

    /** The codes under every version, or null if some layer has no clear nearest codeword. */
    private Map<String, List<Integer>> codes(float[] embedding) {
        Map<String, List<Integer>> all = new HashMap<>();
        for (Codebook codebook : codebooks) {
            List<Integer> codes = codes(codebook, embedding);
            if (codes == null) {
                return null;
            }
            all.put(codebook.version(), codes);
        }
        return all;
    }

    private static List<Integer> codes(Codebook codebook, float[] embedding) {
        int d = embedding.length;
        double[] rest = new double[d];
        double norm = 0;
        for (int t = 0; t < d; t++) {
            norm += (double) embedding[t] * embedding[t];
        }
        for (int t = 0; t < d; t++) {
            rest[t] = codebook.normalize() ? embedding[t] / Math.sqrt(norm) : embedding[t];
        }
        Integer[] codes = new Integer[codebook.layers()];
        for (int layer = 1; layer <= codes.length; layer++) {
            float[] words = codebook.layer(layer);
            int best = -1;
            double least = Double.POSITIVE_INFINITY;
            double second = Double.POSITIVE_INFINITY;
            for (int k = 0; k < words.length / d; k++) {
                double distance = 0;
                for (int t = 0; t < d; t++) {
                    double difference = rest[t] - words[k * d + t];
                    distance += difference * difference;
                }
                if (distance < least) {
                    second = least;
                    least = distance;
                    best = k;
                } else {
                    second = Math.min(second, distance);
                }
            }
            if (second - least < CLEARLY) {
                return null;
            }
            codes[layer - 1] = best;
            for (int t = 0; t < d; t++) {
                rest[t] -= words[best * d + t];
            }
        }
        return List.of(codes);
    }
}
