package io.sidestream.local.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.schema.BackfillProgress;
import io.sidestream.schema.ControlKeys;
import io.sidestream.schema.LiveReport;
import io.sidestream.schema.MalformedRecordException;
import io.sidestream.schema.RetirementProgress;
import io.sidestream.schema.SingleObjectFormat;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** How far each codebook version has come after a series of records of {@code sid-progress}. */
final class ProgressTable {

    private final SingleObjectFormat<LiveReport> liveReports =
            SingleObjectFormat.of(LiveReport.class);
    private final SingleObjectFormat<BackfillProgress> backfills =
            SingleObjectFormat.of(BackfillProgress.class);
    private final SingleObjectFormat<RetirementProgress> retirements =
            SingleObjectFormat.of(RetirementProgress.class);

    /** By key, in the order in which they were written. */
    private final Map<String, LiveReport> live = new LinkedHashMap<>();

    private final Map<String, BackfillProgress> backfill = new HashMap<>();
    private final Map<String, RetirementProgress> retirement = new HashMap<>();

    /**
     * Takes the next record. What is no record of this topic under its own key is passed over.
     *
     * @return whether that changed anything
     */
    boolean apply(ConsumerRecord<byte[], byte[]> record) {
        if (record.key() == null) {
            return false;
        }
        String key = new String(record.key(), UTF_8);
        byte[] value = record.value();
        if (value == null) {
            return live.remove(key) != null
                    | backfill.remove(key) != null
                    | retirement.remove(key) != null;
        }
        try {
            if (liveReports.recognizes(value)) {
                return add(key, liveReports.decode(value));
            }
            if (backfills.recognizes(value)) {
                BackfillProgress progress = backfills.decode(value);
                return key.equals(ControlKeys.backfill(progress.getCodebookVersion()))
                        && !progress.equals(backfill.put(key, progress));
            }
            if (retirements.recognizes(value)) {
                RetirementProgress progress = retirements.decode(value);
                return key.equals(ControlKeys.retirement(progress.getCodebookVersion()))
                        && !progress.equals(retirement.put(key, progress));
            }
        } catch (MalformedRecordException e) {
            return false;
        }
        return false;
    }

    private boolean add(String key, LiveReport report) {
        if (!key.equals(ControlKeys.live(report.getCodebookVersion(), report.getSubtask()))) {
            return false;
        }
        live.remove(key); // so that it comes last
        live.put(key, report);
        return true;
    }

    VersionProgress of(String version) {
        List<LiveReport> reports =
                live.values().stream()
                        .filter(report -> report.getCodebookVersion().equals(version))
                        .toList();
        return new VersionProgress(
                reports,
                backfill.get(ControlKeys.backfill(version)),
                retirement.get(ControlKeys.retirement(version)));
    }
}
