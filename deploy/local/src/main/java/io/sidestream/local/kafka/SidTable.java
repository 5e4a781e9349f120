package io.sidestream.local.kafka;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import io.sidestream.schema.SidUpdate;
import io.sidestream.schema.UpdateReason;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The SIDs that items have after a series of updates: the last update of an item counts, and a
 * deletion removes it. Holds per item just what an export says.
 */
public final class SidTable {

    private final Map<String, Sid> sids = new HashMap<>();

    /** What is known of one item; as an array, the codes take a quarter of a list's memory. */
    private static final class Sid {

        private final String codebookVersion;
        private final int[] codes;
        private final String text;
        private final int disambiguator;

        Sid(SidUpdate update) {
            codebookVersion = update.getCodebookVersion();
            codes = update.getCodes().stream().mapToInt(Integer::intValue).toArray();
            text = update.getSidText();
            disambiguator = update.getDisambiguator();
        }
    }

    /**
     * Takes the next record of an item.
     *
     * @param update null, like an update with reason DELETED, removes the item
     */
    public void apply(String itemId, SidUpdate update) {
        if (update == null || update.getReason() == UpdateReason.DELETED) {
            sids.remove(itemId);
            return;
        }
        sids.put(itemId, new Sid(update));
    }

    public int size() {
        return sids.size();
    }

    /**
     * Writes every item as a line of JSON: {@code {"item_id":"..","codebook_version":"..",
     * "codes":[..],"sid":"..","disambiguator":0}}.
     *
     * @param out UTF-8; flushed, not closed
     * @param first ids of the items to write first, in this order; ids that the table does not have
     *     and repetitions are passed over. All other items follow, sorted by id.
     */
    public void writeTo(OutputStream out, Iterable<String> first) throws IOException {
        Map<String, Sid> left = new HashMap<>(sids);
        try (JsonGenerator json =
                new JsonFactory()
                        .configure(JsonGenerator.Feature.AUTO_CLOSE_TARGET, false)
                        .createGenerator(out)) {
            json.setPrettyPrinter(new MinimalPrettyPrinter("\n"));
            for (String itemId : first) {
                Sid sid = left.remove(itemId);
                if (sid != null) {
                    write(json, itemId, sid);
                }
            }
            List<String> rest = new ArrayList<>(left.keySet());
            rest.sort(null);
            for (String itemId : rest) {
                write(json, itemId, left.get(itemId));
            }
            if (size() > 0) {
                json.writeRaw('\n');
            }
        }
    }

    private static void write(JsonGenerator json, String itemId, Sid sid) throws IOException {
        json.writeStartObject();
        json.writeStringField("item_id", itemId);
        json.writeStringField("codebook_version", sid.codebookVersion);
        json.writeFieldName("codes");
        json.writeArray(sid.codes, 0, sid.codes.length);
        json.writeStringField("sid", sid.text);
        json.writeNumberField("disambiguator", sid.disambiguator);
        json.writeEndObject();
    }
}
