package io.sidestream.local.kafka;

import io.sidestream.schema.SidToken;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.SingleObjectFormat;
import io.sidestream.schema.UpdateReason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Updates as the job would write them, with SIDs in the default text. */
public final class TestingUpdates {

    static {
        SingleObjectFormat.of(SidUpdate.class); // makes Avro trust the generated records
    }

    private TestingUpdates() {}

    public static SidUpdate of(
            String itemId, String version, UpdateReason reason, int disambiguator, int... codes) {
        boolean deleted = reason == UpdateReason.DELETED;
        List<Integer> allCodes = new ArrayList<>();
        List<SidToken> sid = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < codes.length; i++) {
            allCodes.add(codes[i]);
            sid.add(new SidToken(i + 1, codes[i]));
            text.append("<%c_%d>".formatted('a' + i, codes[i]));
        }
        text.append("<%c_%d>".formatted('a' + codes.length, disambiguator));
        return SidUpdate.newBuilder()
                .setItemId(itemId)
                .setCodebookVersion(version)
                .setCodes(allCodes)
                .setSid(deleted ? List.of() : sid)
                .setDisambiguator(deleted ? -1 : disambiguator)
                .setSidText(deleted ? "" : text.toString())
                .setPreviousSidText(reason == UpdateReason.NEW ? null : "<a_9>")
                .setReason(reason)
                .setRemapEpoch(0L)
                .setRevision(7L)
                .setSequence(1L)
                .setEventTime(Instant.parse("2026-01-02T03:04:05Z"))
                .build();
    }

    /** The update with a path that lacks one layer's token, as a remap plan would have it. */
    public static SidUpdate dropping(int layer, SidUpdate update) {
        return SidUpdate.newBuilder(update)
                .setSid(update.getSid().stream().filter(one -> one.getLayer() != layer).toList())
                .setSidText(
                        update.getSidText()
                                .replaceFirst("<%c_\\d+>".formatted('a' + layer - 1), ""))
                .build();
    }

    /** What is published after these updates, which belong to as many items. */
    public static PublishedItems published(List<Integer> layerSizes, SidUpdate... updates) {
        PublishedItems items = new PublishedItems(layerSizes);
        for (SidUpdate update : updates) {
            items.apply(update.getItemId(), update);
        }
        return items;
    }
}
