package io.sidestream.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.schema.EmbeddingFormat;
import io.sidestream.schema.EmbeddingMessage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;

/**
 * Sends items to {@code item-embeddings} and tells the {@link ExpectedCatalog} of each. The random
 * ones are the same for the same seed. Every record has an event time of its own, some in the
 * message and some in Kafka's timestamp, by which an update can be traced back to it. Whatever
 * sends may be called by several threads.
 */
final class ItemStream {

    /** Begins the ids of items that only find out whether a version is live. */
    static final String PROBE = "probe-";

    private static final int CHECKPOINTS = 3;
    private static final int CENTRES = 60;
    private static final double NOISE = 0.15;

    private final TestKafka kafka;
    private final ExpectedCatalog expected;
    private final List<TestCodebook> codebooks;
    private final Random random;
    private final float[][] centres;
    private final EmbeddingFormat format = new EmbeddingFormat();
    private final Map<String, Sent> last = new HashMap<>();
    private final List<Future<RecordMetadata>> bad = new ArrayList<>();
    private long clock = System.currentTimeMillis();
    private int markers;

    /** What was last sent of an item. */
    private record Sent(float[] embedding, Long revision) {}

    /**
     * @param codebooks all versions that the items may ever be assigned under; of one dimension
     */
    ItemStream(TestKafka kafka, ExpectedCatalog expected, List<TestCodebook> codebooks, long seed) {
        this.kafka = kafka;
        this.expected = expected;
        this.codebooks = codebooks;
        this.random = new Random(seed);
        this.centres = new float[CENTRES][codebooks.get(0).codebook().dimension()];
        for (float[] centre : centres) {
            for (int t = 0; t < centre.length; t++) {
                centre[t] = (float) random.nextGaussian();
            }
        }
    }

    /** A random embedding that has no near-tie under any version. */
    synchronized float[] embedding() {
        float[] embedding = new float[centres[0].length];
        do {
            float[] centre = centres[random.nextInt(CENTRES)];
            for (int t = 0; t < embedding.length; t++) {
                embedding[t] = centre[t] + (float) (NOISE * random.nextGaussian());
            }
        } while (!codebooks.stream().allMatch(c -> c.oracle().codes(embedding).decided()));
        return embedding;
    }

    /** A random embedding that has one of some tokens in a layer. */
    float[] embedding(TestCodebook codebook, int layer, Integer... tokens) {
        Set<Integer> wanted = Set.of(tokens);
        float[] embedding = embedding();
        while (!wanted.contains(codebook.oracle().codes(embedding).values()[layer - 1])) {
            embedding = embedding();
        }
        return embedding;
    }

    /** Sends an embedding without a revision. */
    void put(String itemId, float[] embedding) {
        put(null, itemId, embedding, null);
    }

    /**
     * @param revision null: the offset orders the item's embeddings
     */
    void put(String itemId, float[] embedding, Long revision) {
        put(null, itemId, embedding, revision);
    }

    /** Sends an embedding without revision and time, encoded by somebody else. */
    synchronized void put(String itemId, float[] embedding, byte[] encoded) {
        long eventTime = clock++;
        Future<RecordMetadata> sent =
                kafka.send(
                        new ProducerRecord<>(
                                kafka.topics().itemEmbeddings(),
                                null,
                                eventTime,
                                itemId.getBytes(UTF_8),
                                encoded));
        expected.embedding(itemId, embedding, null, () -> offset(sent), eventTime);
        last.put(itemId, new Sent(embedding, null));
    }

    private synchronized void put(
            Integer partition, String itemId, float[] embedding, Long revision) {
        long eventTime = clock++;
        boolean inMessage = random.nextBoolean();
        Future<RecordMetadata> sent =
                kafka.send(
                        new ProducerRecord<>(
                                kafka.topics().itemEmbeddings(),
                                partition,
                                inMessage ? eventTime - 60_000 : eventTime,
                                itemId.getBytes(UTF_8),
                                format.encode(
                                        new EmbeddingMessage(
                                                itemId,
                                                embedding,
                                                revision,
                                                inMessage ? eventTime : null))));
        expected.embedding(itemId, embedding, revision, () -> offset(sent), eventTime);
        last.put(itemId, new Sent(embedding, revision));
    }

    synchronized void delete(String itemId) {
        long eventTime = clock++;
        kafka.send(
                new ProducerRecord<byte[], byte[]>(
                        kafka.topics().itemEmbeddings(),
                        null,
                        eventTime,
                        itemId.getBytes(UTF_8),
                        null));
        expected.deletion(itemId, eventTime);
    }

    /** Deletes every item but the last ones of each partition that {@link #settle} sends. */
    synchronized void deleteAll() {
        List.copyOf(last.keySet()).forEach(this::delete);
    }

    /** Sends what was last sent of an item once more. */
    synchronized void repeat(String itemId) {
        Sent sent = last.get(itemId);
        put(itemId, sent.embedding, sent.revision);
    }

    /** Sends what was last sent of every item once more. */
    synchronized void repeatAll() {
        List.copyOf(last.keySet()).forEach(this::repeat);
    }

    /**
     * Sends records at random: new items, changed, unchanged and deleted ones, old revisions, and
     * several changes of one item in a row.
     *
     * @param items how many items there are; every third has its revisions numbered
     */
    synchronized void scramble(int records, int items) {
        for (int i = 0; i < records; i++) {
            int number = random.nextInt(items);
            String itemId = "item-" + number;
            Sent before = last.get(itemId);
            Long next = number % 3 != 0 ? null : before == null ? 10 : before.revision + 1;
            int dice = random.nextInt(100);
            if (before == null || dice < 45) {
                put(itemId, embedding(), next);
            } else if (dice < 60) {
                delete(itemId);
            } else if (dice < 75) {
                repeat(itemId);
            } else if (dice < 85) {
                for (int burst = 2 + random.nextInt(3); burst > 0; burst--) {
                    Long revision = last.get(itemId).revision;
                    put(itemId, embedding(), revision == null ? null : revision + 1);
                }
            } else if (dice < 92) {
                delete(itemId);
                put(itemId, embedding(), next);
            } else if (next != null) {
                put(itemId, embedding(), before.revision - 1 - random.nextInt(3));
                last.put(itemId, before);
            }
        }
        kafka.flush();
    }

    /** Sends records that are no embeddings, and one that no version can take. */
    synchronized void sendBad() {
        for (byte[] value :
                List.of(
                        "no embedding".getBytes(UTF_8),
                        format.encode(new EmbeddingMessage("bad", new float[1])))) {
            bad.add(
                    kafka.send(
                            new ProducerRecord<>(
                                    kafka.topics().itemEmbeddings(),
                                    "bad".getBytes(UTF_8),
                                    value)));
        }
    }

    /** Where the records are that cannot be indexed, as {@code partition/offset}. */
    Set<String> bad() throws Exception {
        Set<String> places = new HashSet<>();
        for (Future<RecordMetadata> sent : bad) {
            places.add(sent.get().partition() + "/" + sent.get().offset());
        }
        return places;
    }

    /**
     * Sends random records through several checkpoints, until there are updates that none of them
     * has committed: what is lost or repeated by whoever fails now.
     */
    void scrambleUntilUncommitted(TestCodebook codebook, int items) throws Exception {
        String topic = kafka.topics().updates(codebook.version());
        Set<Long> commits = new HashSet<>();
        Eventually.await(
                "updates that are not committed",
                () -> {
                    scramble(30, items);
                    commits.add(kafka.committedEnd(topic));
                    return commits.size() > CHECKPOINTS && !kafka.isCommitted(topic);
                });
    }

    /** Waits until every subtask assigns under a version. */
    void awaitLive(Alive system, TestCodebook codebook) throws Exception {
        String probes = PROBE + codebook.version() + '-';
        Set<String> live = new HashSet<>();
        float[] embedding = embedding();
        Eventually.await(
                codebook.version() + " is live",
                () -> {
                    system.requireAlive();
                    for (int partition = 0; partition < TestKafka.PARTITIONS; partition++) {
                        String itemId = probes + partition;
                        if (!live.contains(itemId)) {
                            kafka.send(
                                    new ProducerRecord<>(
                                            kafka.topics().itemEmbeddings(),
                                            partition,
                                            itemId.getBytes(UTF_8),
                                            format.encode(
                                                    new EmbeddingMessage(itemId, embedding))));
                        }
                    }
                    kafka.flush();
                    for (ConsumerRecord<byte[], byte[]> update :
                            kafka.read(kafka.topics().updates(codebook.version()))) {
                        live.add(new String(update.key(), UTF_8));
                    }
                    return live.stream().filter(id -> id.startsWith(probes)).count()
                            == TestKafka.PARTITIONS;
                });
    }

    /**
     * Waits until all that has been sent is processed and committed. A last item in every partition
     * tells: once a checkpoint has taken it along, it has taken along all that was read before.
     *
     * @param system fails when it is no longer worth waiting
     */
    void settle(Alive system, Collection<TestCodebook> live) throws Exception {
        List<String> ids = sendMarkers();
        for (TestCodebook codebook : live) {
            String topic = kafka.topics().updates(codebook.version());
            Eventually.await(
                    "all items are in " + topic,
                    () -> {
                        system.requireAlive();
                        Set<String> found = new HashSet<>();
                        kafka.read(topic).forEach(r -> found.add(new String(r.key(), UTF_8)));
                        return found.containsAll(ids);
                    });
        }
        for (TestCodebook codebook : live) { // subtasks commit one after the other
            String topic = kafka.topics().updates(codebook.version());
            Eventually.await(topic + " is committed", () -> kafka.isCommitted(topic));
        }
    }

    private synchronized List<String> sendMarkers() {
        List<String> ids = new ArrayList<>();
        for (int partition = 0; partition < TestKafka.PARTITIONS; partition++) {
            String itemId = "marker-" + markers++;
            put(partition, itemId, embedding(), null);
            last.remove(itemId); // no later one may be sent to another partition
            ids.add(itemId);
        }
        kafka.flush();
        return ids;
    }

    private static long offset(Future<RecordMetadata> sent) {
        try {
            return sent.get().offset();
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
