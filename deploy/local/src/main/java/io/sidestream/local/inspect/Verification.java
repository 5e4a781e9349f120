package io.sidestream.local.inspect;

import io.sidestream.local.UserError;
import io.sidestream.local.console.Console;
import io.sidestream.local.console.Progress;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.EmbeddingTopic;
import io.sidestream.local.kafka.UpdateTopic;
import io.sidestream.quantize.ResidualQuantizer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Whether the SIDs of a codebook version are those that the catalog and the codebook give. A sample
 * of all items that are live or have a SID is looked up in both topics, and the codes of their last
 * embeddings are computed anew.
 *
 * <p>The catalog changes meanwhile, and the job follows it at some distance: what does not agree is
 * looked at again and again for a while. An item whose embedding came only then is on its way, and
 * nothing is wrong with it.
 *
 * @param checked items whose SIDs were compared, right or wrong
 * @param moving items that were still on their way
 * @param refused items with a last embedding that the codebook does not take: whatever SID they
 *     have stems from an earlier one
 * @param findings what is wrong, by item id
 */
public record Verification(int checked, int moving, int refused, List<Finding> findings) {

    private static final Duration POLL = Duration.ofMillis(200);
    private static final int ROWS = 256;

    public Verification {
        findings = List.copyOf(findings);
    }

    /**
     * What to look at.
     *
     * @param size items to sample, at most
     * @param seed of the choice
     * @param patience how long what does not agree is looked at again
     */
    public record Scope(int size, long seed, Duration patience) {

        /**
         * @throws UserError if a number is out of range
         */
        public Scope {
            if (size < 1 || size > 10_000_000) {
                throw new UserError(
                        "a sample must have from 1 to 10,000,000 items, not %,d".formatted(size));
            }
        }
    }

    /**
     * Checks a version.
     *
     * @param quantizer of the version's codebook
     * @param console to show progress on
     * @throws UserError if a topic is missing or holds something else
     */
    public static Verification run(
            Connection connection,
            String version,
            ResidualQuantizer quantizer,
            Scope scope,
            Console console)
            throws InterruptedException {
        ItemSample sample = new ItemSample(scope.size(), scope.seed());
        try (UpdateTopic updates = updates(connection, version, sample, console);
                EmbeddingTopic embeddings = embeddings(connection, sample, console)) {
            Inspector inspector = new Inspector(quantizer);
            Collection<SampledItem> items = sample.close();
            List<SampledItem> open = inspector.disagreeing(items);
            long begin = System.nanoTime();
            while (!open.isEmpty() && System.nanoTime() - begin < scope.patience().toNanos()) {
                updates.poll(POLL);
                embeddings.poll(Duration.ZERO);
                open = inspector.disagreeing(open);
            }
            return result(items, open, inspector);
        }
    }

    private static UpdateTopic updates(
            Connection connection, String version, ItemSample sample, Console console)
            throws InterruptedException {
        try (Progress progress = Progress.start(console, "read SIDs", -1, "records")) {
            return UpdateTopic.follow(connection, version, progress, sample::publish);
        }
    }

    private static EmbeddingTopic embeddings(
            Connection connection, ItemSample sample, Console console) throws InterruptedException {
        try (Progress progress = Progress.start(console, "read embeddings", -1, "records")) {
            return EmbeddingTopic.follow(connection, progress, sample::arrive);
        }
    }

    private static Verification result(
            Collection<SampledItem> items, List<SampledItem> open, Inspector inspector) {
        int refused = (int) items.stream().filter(inspector::refuses).count();
        int moving = (int) open.stream().filter(SampledItem::isMoving).count();
        return new Verification(
                items.size() - refused - moving,
                moving,
                refused,
                open.stream()
                        .filter(item -> !item.isMoving())
                        .map(SampledItem::findingOrNull)
                        .sorted(Comparator.comparing(Finding::itemId))
                        .toList());
    }

    /** Computes codes, each once. */
    private static final class Inspector {

        private final ResidualQuantizer quantizer;
        private final ResidualQuantizer.Worker worker;
        private final Set<SampledItem> outOfRange = new HashSet<>();

        Inspector(ResidualQuantizer quantizer) {
            this.quantizer = quantizer;
            this.worker = quantizer.worker();
        }

        /** Those of some items that are not published as they should be. */
        List<SampledItem> disagreeing(Collection<SampledItem> items) {
            List<SampledItem> taken = items.stream().filter(item -> !refuses(item)).toList();
            List<SampledItem> bundle = new ArrayList<>(ROWS);
            for (SampledItem item : taken) {
                if (item.isUnquantized() && bundle.add(item) && bundle.size() == ROWS) {
                    quantize(bundle);
                    bundle.clear();
                }
            }
            quantize(bundle);
            return taken.stream()
                    .filter(item -> !refuses(item) && item.findingOrNull() != null)
                    .toList();
        }

        private void quantize(List<SampledItem> bundle) {
            int dimension = quantizer.dimension();
            int layers = quantizer.layers();
            float[] rows = new float[bundle.size() * dimension];
            for (int row = 0; row < bundle.size(); row++) {
                System.arraycopy(bundle.get(row).embedding(), 0, rows, row * dimension, dimension);
            }
            int[] codes = new int[bundle.size() * layers];
            double[] squaredNorms = new double[bundle.size() * (layers + 1)];
            worker.quantize(rows, bundle.size(), codes, squaredNorms);
            for (int row = 0; row < bundle.size(); row++) {
                if (worker.isInRange(squaredNorms, row)) {
                    outOfRange.remove(bundle.get(row));
                } else {
                    outOfRange.add(bundle.get(row));
                }
                bundle.get(row).expect(Arrays.copyOfRange(codes, row * layers, (row + 1) * layers));
            }
        }

        /** Whether the item's last embedding is none that the codebook takes. */
        boolean refuses(SampledItem item) {
            float[] embedding = item.embedding();
            return embedding != null
                    && (embedding.length != quantizer.dimension()
                            || (quantizer.normalize() && isZero(embedding))
                            || (!item.isUnquantized() && outOfRange.contains(item)));
        }

        private static boolean isZero(float[] embedding) {
            for (float component : embedding) {
                if (component != 0) {
                    return false;
                }
            }
            return true;
        }
    }
}
