package io.sidestream.local.commands;

import io.sidestream.codebook.Codebook;
import io.sidestream.embedding.EmbeddingMatrix;
import io.sidestream.embedding.EmbeddingReader;
import io.sidestream.local.commands.DemoCatalog.Item;
import io.sidestream.quantize.ResidualQuantizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * What happens to catalogs: a few products are listed again and again in slightly different
 * variants, the most popular ones most often. The products are as different as any in the first
 * layer, but the second layer knows only {@value #TOKENS} tokens for all of them.
 */
final class DemoFlood {

    private static final int TOKENS = 3;
    private static final double TAIL = 0.8;
    private static final double NOISE = 0.1;
    private static final long SEED = 20_260_714;

    private final List<Item> items;
    private final int products;

    private DemoFlood(List<Item> items, int products) {
        this.items = items;
        this.products = products;
    }

    /** Variants of items of a catalog, always the same. */
    static DemoFlood of(DemoCatalog catalog, Codebook codebook, int variants) {
        SplittableRandom random = new SplittableRandom(SEED);
        List<Integer> products = shuffled(products(catalog.items(), codebook), random);
        double[] upTo = new double[products.size()];
        double sum = 0;
        for (int rank = 0; rank < upTo.length; rank++) {
            sum += Math.pow(rank + 1, -TAIL);
            upTo[rank] = sum;
        }
        List<Item> items = new ArrayList<>(variants);
        for (int i = 0; i < variants; i++) {
            int found = Arrays.binarySearch(upTo, random.nextDouble() * sum);
            int row = products.get(found < 0 ? -found - 1 : found);
            items.add(
                    new Item(
                            "%s-%d".formatted(catalog.items().ids().get(row), i),
                            variant(catalog.embedding(row), random)));
        }
        return new DemoFlood(items, products.size());
    }

    /** One item for each pair of a first token and one of the second layer's most mixed tokens. */
    private static List<Integer> products(EmbeddingMatrix catalog, Codebook codebook) {
        ResidualQuantizer quantizer = codebook.quantizer();
        int layers = quantizer.layers();
        int[] codes = new int[catalog.rows() * layers];
        quantizer.worker().quantize(catalog.values(), catalog.rows(), codes);
        Map<Integer, Map<Integer, Integer>> rows = new HashMap<>(); // by second token, first token
        for (int row = 0; row < catalog.rows(); row++) {
            rows.computeIfAbsent(codes[row * layers + 1], token -> new HashMap<>())
                    .putIfAbsent(codes[row * layers], row);
        }
        return IntStream.range(0, codebook.layerSize(2))
                .boxed()
                .filter(rows::containsKey)
                .sorted(Comparator.comparing(token -> -rows.get(token).size()))
                .limit(TOKENS)
                .flatMap(token -> rows.get(token).values().stream().sorted())
                .toList();
    }

    private static List<Integer> shuffled(List<Integer> products, SplittableRandom random) {
        List<Integer> order = new ArrayList<>(products);
        for (int last = order.size() - 1; last > 0; last--) {
            int other = random.nextInt(last + 1);
            order.set(last, order.set(other, order.get(last)));
        }
        return order;
    }

    private static float[] variant(float[] product, SplittableRandom random) {
        float[] variant = product.clone();
        for (int t = 0; t < variant.length; t++) {
            variant[t] += (float) (NOISE * random.nextGaussian());
        }
        return variant;
    }

    int products() {
        return products;
    }

    int variants() {
        return items.size();
    }

    /** A part of the flood, to be ingested. */
    EmbeddingReader part(int from, int to) {
        return DemoCatalog.reader(items.subList(from, to));
    }
}
