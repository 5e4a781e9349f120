package io.sidestream.local.kafka;

import io.sidestream.local.UserError;
import io.sidestream.local.console.Console;
import io.sidestream.local.console.Progress;
import io.sidestream.schema.SidToken;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.UpdateReason;
import io.sidestream.sid.SidPath;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The codes of all items under one codebook version and the paths under which they are published:
 * what is committed in the version's topic, from its beginning to the end that it has at this
 * moment.
 */
public final class PublishedItems {

    /** Takes one item; the arrays are its own. */
    public interface Visitor {

        /**
         * @param codes of all layers
         * @param path the tokens that are published, {@link SidPath#DROPPED} where none is
         */
        void visit(int[] codes, int[] path);
    }

    private final List<Integer> layerSizes;

    /** By item id. A code whose token is dropped stands there as its complement. */
    private final Map<String, int[]> items = new HashMap<>();

    private long uncommitted;

    PublishedItems(List<Integer> layerSizes) {
        this.layerSizes = layerSizes;
    }

    /**
     * Reads a version's topic.
     *
     * @param layerSizes codewords of the version's layers
     * @param progress told how many records have been read
     * @throws UserError if the version has no topic, or one that holds something else
     */
    public static PublishedItems read(
            Connection connection, String version, List<Integer> layerSizes, Progress progress)
            throws InterruptedException {
        PublishedItems items = new PublishedItems(layerSizes);
        items.uncommitted = UpdateTopic.read(connection, version, progress, items::apply);
        return items;
    }

    /** Takes the next record of an item; null, like a DELETED update, removes it. */
    void apply(String itemId, SidUpdate update) {
        if (update == null || update.getReason() == UpdateReason.DELETED) {
            items.remove(itemId);
            return;
        }
        if (!fits(update)) {
            throw new UserError(
                    ("item \"%s\" has the codes %s and the SID %s, which a codebook with layers of"
                                    + " %s codewords cannot have given; something other than"
                                    + " Sidestream writes to its topic")
                            .formatted(
                                    Console.printable(itemId),
                                    update.getCodes(),
                                    Console.printable(update.getSidText()),
                                    layerSizes));
        }
        int[] marked = update.getCodes().stream().mapToInt(code -> ~code).toArray();
        for (SidToken token : update.getSid()) {
            marked[token.getLayer() - 1] = token.getToken();
        }
        items.put(itemId, marked);
    }

    private boolean fits(SidUpdate update) {
        List<Integer> codes = update.getCodes();
        if (codes.size() != layerSizes.size()) {
            return false;
        }
        for (int layer = 1; layer <= codes.size(); layer++) {
            int code = codes.get(layer - 1);
            if (code < 0 || code >= layerSizes.get(layer - 1)) {
                return false;
            }
        }
        return update.getSid().stream()
                .allMatch(
                        token ->
                                token.getLayer() >= 1
                                        && token.getLayer() <= codes.size()
                                        && codes.get(token.getLayer() - 1) == token.getToken());
    }

    public int size() {
        return items.size();
    }

    /** Codewords of the version's layers, first layer first. */
    public List<Integer> layerSizes() {
        return layerSizes;
    }

    /** Records behind the end that was read up to, committed since or not yet. */
    public long uncommitted() {
        return uncommitted;
    }

    /** Shows every item, in no particular order. */
    public void forEach(Visitor visitor) {
        for (int[] marked : items.values()) {
            int[] codes = new int[marked.length];
            int[] path = new int[marked.length];
            for (int layer = 0; layer < marked.length; layer++) {
                boolean dropped = marked[layer] < 0;
                codes[layer] = dropped ? ~marked[layer] : marked[layer];
                path[layer] = dropped ? SidPath.DROPPED : marked[layer];
            }
            visitor.visit(codes, path);
        }
    }
}
