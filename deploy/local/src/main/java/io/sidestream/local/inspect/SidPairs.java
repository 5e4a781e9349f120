package io.sidestream.local.inspect;

import io.sidestream.embedding.ItemHash;
import io.sidestream.local.UserError;
import io.sidestream.local.console.Console;
import io.sidestream.schema.SidToken;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.UpdateReason;
import io.sidestream.sid.SidPath;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/**
 * The paths of items under two codebook versions, for catalogs of many millions: an open hash table
 * of numbers. Items are told apart by 64 bits of hash: among 10 million there is one chance in
 * 300,000 that any two are taken for one.
 *
 * <p>A place takes 8 bytes, and 4 for every layer; a quarter to five eighths of the places are
 * free.
 */
final class SidPairs {

    /** Which of the two versions. */
    enum Side {
        FIRST,
        SECOND
    }

    /** Stands for the first token where an item has no SID. */
    private static final int ABSENT = Integer.MIN_VALUE;

    private static final int FEWEST_PLACES = 1 << 10;

    private final int firstLayers;
    private final int layers; // of both

    /** By place; 0: free. */
    private long[] hashes = new long[FEWEST_PLACES];

    /** By place: the tokens under the first version, then those under the second. */
    private int[] tokens;

    private int taken;

    SidPairs(int firstLayers, int secondLayers) {
        this.firstLayers = firstLayers;
        this.layers = firstLayers + secondLayers;
        this.tokens = new int[FEWEST_PLACES * layers];
    }

    /**
     * Takes the next record of an item.
     *
     * @param update null, like an update with reason DELETED, takes the SID away
     */
    void apply(Side side, String itemId, SidUpdate update) {
        int at = place(hash(itemId)) * layers + (side == Side.FIRST ? 0 : firstLayers);
        if (update == null || update.getReason() == UpdateReason.DELETED) {
            tokens[at] = ABSENT;
            return;
        }
        int length = side == Side.FIRST ? firstLayers : layers - firstLayers;
        Arrays.fill(tokens, at, at + length, SidPath.DROPPED);
        for (SidToken token : update.getSid()) {
            if (token.getLayer() < 1 || token.getLayer() > length || token.getToken() < 0) {
                throw new UserError(
                        ("item \"%s\" has the SID %s, which a codebook of %d layers cannot have"
                                        + " given; something other than Sidestream writes to its"
                                        + " topic")
                                .formatted(
                                        Console.printable(itemId),
                                        Console.printable(update.getSidText()),
                                        length));
            }
            tokens[at + token.getLayer() - 1] = token.getToken();
        }
    }

    Churn churn() {
        int common = Math.min(firstLayers, layers - firstLayers);
        boolean sameLength = firstLayers == layers - firstLayers;
        long both = 0;
        long onlyFirst = 0;
        long onlySecond = 0;
        long paths = 0;
        long[] changed = new long[common];
        for (int place = 0; place < hashes.length; place++) {
            int first = place * layers;
            int second = first + firstLayers;
            if (hashes[place] == 0) {
                continue;
            }
            if (tokens[first] == ABSENT || tokens[second] == ABSENT) {
                onlyFirst += tokens[first] == ABSENT ? 0 : 1;
                onlySecond += tokens[second] == ABSENT ? 0 : 1;
                continue;
            }
            both++;
            boolean same = sameLength;
            for (int layer = 0; layer < common; layer++) {
                if (tokens[first + layer] != tokens[second + layer]) {
                    changed[layer]++;
                    same = false;
                }
            }
            paths += same ? 0 : 1;
        }
        return new Churn(both, onlyFirst, onlySecond, boxed(changed), paths);
    }

    private static List<Long> boxed(long[] numbers) {
        return LongStream.of(numbers).boxed().toList();
    }

    /** Where an item is, or is to be. */
    private int place(long hash) {
        int place = find(hashes, hash);
        if (hashes[place] == hash) {
            return place;
        }
        if (taken >= hashes.length / 4 * 3) {
            grow();
            place = find(hashes, hash);
        }
        taken++;
        hashes[place] = hash;
        tokens[place * layers] = ABSENT;
        tokens[place * layers + firstLayers] = ABSENT;
        return place;
    }

    private void grow() {
        int places = hashes.length * 2;
        if ((long) places * layers > Integer.MAX_VALUE - 8) {
            throw new UserError(
                    "more than %,d items cannot be compared in one go".formatted(taken));
        }
        long[] moreHashes = new long[places];
        int[] moreTokens = new int[places * layers];
        for (int place = 0; place < hashes.length; place++) {
            if (hashes[place] != 0) {
                int to = find(moreHashes, hashes[place]);
                moreHashes[to] = hashes[place];
                System.arraycopy(tokens, place * layers, moreTokens, to * layers, layers);
            }
        }
        hashes = moreHashes;
        tokens = moreTokens;
    }

    /** The place of a hash, or the free one where it belongs. */
    private static int find(long[] hashes, long hash) {
        int mask = hashes.length - 1;
        int place = (int) hash & mask;
        while (hashes[place] != 0 && hashes[place] != hash) {
            place = place + 1 & mask;
        }
        return place;
    }

    private static long hash(String itemId) {
        long hash = ItemHash.of(itemId, 0);
        return hash == 0 ? 1 : hash; // 0 marks a free place
    }
}
