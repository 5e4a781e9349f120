package io.sidestream.jobs;

import io.sidestream.operators.assign.AssignOptions;
import io.sidestream.operators.assign.StoreOptions;
import io.sidestream.operators.combine.CombineOptions;
import io.sidestream.operators.decode.DecodeOptions;
import io.sidestream.operators.index.IndexOptions;
import io.sidestream.operators.publish.PublishOptions;
import io.sidestream.operators.sweep.SweepOptions;
import io.sidestream.operators.watch.RemapOptions;
import io.sidestream.operators.watch.WatchOptions;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.configuration.ConfigOption;

/** Every option of the jobs, so that a misspelled one is noticed. */
public final class JobOptions {

    private static final String OWN = "sidestream.";

    private static final List<ConfigOption<?>> ALL =
            List.of(
                    KafkaOptions.BOOTSTRAP,
                    KafkaOptions.TOPIC_PREFIX,
                    KafkaOptions.GROUP_ID,
                    KafkaOptions.TRANSACTIONAL_ID_PREFIX,
                    KafkaOptions.TRANSACTION_TIMEOUT,
                    KafkaOptions.PROPERTIES,
                    KafkaOptions.CONFIG_FILE,
                    DecodeOptions.MAX_ID_LENGTH,
                    AssignOptions.BUNDLE_SIZE,
                    AssignOptions.LINGER,
                    StoreOptions.ROOTS,
                    StoreOptions.TIMEOUT,
                    IndexOptions.BUCKETS,
                    PublishOptions.DISAMBIGUATION,
                    PublishOptions.TEXT_PREFIX,
                    PublishOptions.TEXT_TOKEN,
                    PublishOptions.TEXT_PAD,
                    PublishOptions.TEXT_DISAMBIGUATOR,
                    PublishOptions.TEXT_SUFFIX,
                    CombineOptions.ENABLED,
                    CombineOptions.INTERVAL,
                    WatchOptions.INTERVAL,
                    WatchOptions.WINDOW,
                    WatchOptions.RULES,
                    WatchOptions.CONSECUTIVE,
                    WatchOptions.MINIMUM_ITEMS,
                    WatchOptions.COOLDOWN,
                    RemapOptions.MODE,
                    RemapOptions.POLICY,
                    RemapOptions.LAYER,
                    RemapOptions.REPLAN_ABOVE,
                    RemapOptions.CHURN_BUDGET,
                    RemapOptions.COOLDOWN,
                    SweepOptions.SLICE,
                    SweepOptions.SHARE,
                    SweepOptions.ITEMS_PER_SECOND,
                    BackfillOptions.VERSION,
                    BackfillOptions.ITEMS_PER_SECOND,
                    BackfillOptions.LIVE_TIMEOUT,
                    BackfillOptions.AGAIN);

    private JobOptions() {}

    /**
     * Looks through the keys of a configuration; those that are not Sidestream's are Flink's
     * matter.
     *
     * @throws IllegalArgumentException if a key looks like Sidestream's and is none
     */
    public static void requireKnown(Collection<String> keys) {
        for (String key : keys) {
            if (key.startsWith(OWN) && !isKnown(key)) {
                throw new IllegalArgumentException(
                        "There is no option %s; there are %s"
                                .formatted(
                                        key,
                                        ALL.stream()
                                                .map(ConfigOption::key)
                                                .sorted()
                                                .collect(Collectors.joining(", "))));
            }
        }
    }

    private static boolean isKnown(String key) {
        return key.startsWith(KafkaOptions.PROPERTIES.key() + ".")
                || ALL.stream().anyMatch(option -> option.key().equals(key));
    }
}
