package io.sidestream.operators.control;

import io.sidestream.operators.AsItCameFormat;
import io.sidestream.operators.IncomingRecord;
import io.sidestream.operators.RecordType;
import io.sidestream.schema.DeadLetterCause;
import io.sidestream.schema.MalformedRecordException;
import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.RemapPlanStatus;
import io.sidestream.schema.RemapRequest;
import io.sidestream.schema.SingleObjectFormat;
import java.nio.charset.StandardCharsets;
import org.apache.avro.specific.SpecificRecordBase;

/**
 * A remap plan, a step in its life, or somebody's wish for one.
 *
 * @param origin the record of {@code sid-remaps} that says so
 * @param version the codebook version
 * @param record a {@link RemapPlan}, {@link RemapPlanStatus} or {@link RemapRequest}
 */
public record RemapChange(IncomingRecord origin, String version, SpecificRecordBase record) {

    public static final RecordType<RemapChange> TYPE =
            RecordType.of(RemapChange.class, new Format());

    /** Reads records of {@code sid-remaps}. Not thread-safe. */
    static final class Decoder {

        /** No codebook has as many, and a set of tokens needs a bit for each. */
        private static final int HIGHEST_TOKEN = (1 << 24) - 1;

        private final SingleObjectFormat<RemapPlan> plans = SingleObjectFormat.of(RemapPlan.class);
        private final SingleObjectFormat<RemapPlanStatus> steps =
                SingleObjectFormat.of(RemapPlanStatus.class);
        private final SingleObjectFormat<RemapRequest> requests =
                SingleObjectFormat.of(RemapRequest.class);

        /**
         * @throws MalformedRecordException if it is none of the three under its version's key, or
         *     makes no sense
         */
        RemapChange decode(IncomingRecord record) throws MalformedRecordException {
            if (record.key() == null || record.value() == null) {
                throw refusal("The record has no key or no value; the key is a codebook version");
            }
            SpecificRecordBase decoded = decode(record.value());
            String key = new String(record.key(), StandardCharsets.UTF_8);
            String version = decoded.get("codebook_version").toString();
            if (!version.equals(key)) {
                throw refusal(
                        "A record of version '%s' stands under the key '%s'; they must be equal"
                                .formatted(version, key));
            }
            return new RemapChange(record, version, decoded);
        }

        private SpecificRecordBase decode(byte[] value) throws MalformedRecordException {
            if (steps.recognizes(value)) {
                return steps.decode(value);
            }
            if (requests.recognizes(value)) {
                RemapRequest request = requests.decode(value);
                if (request.getRequestId().isEmpty()) {
                    throw refusal("A request has an empty request_id; answers are found by it");
                }
                return request;
            }
            RemapPlan plan = plans.decode(value);
            if (plan.getEpoch() < 1 || plan.getLayer() < 1) {
                throw refusal(
                        "A plan has epoch %d and layer %d; both count from 1"
                                .formatted(plan.getEpoch(), plan.getLayer()));
            }
            for (int token : plan.getHeadTokens()) {
                if (token < 0 || token > HIGHEST_TOKEN) {
                    throw refusal(
                            "A plan has the head token %d; they are from 0 to %d"
                                    .formatted(token, HIGHEST_TOKEN));
                }
            }
            return plan;
        }

        private static MalformedRecordException refusal(String message) {
            return new MalformedRecordException(DeadLetterCause.UNDECODABLE, message);
        }
    }

    /** Layout: the record as it came. */
    public static final class Format extends AsItCameFormat<RemapChange> {

        private static final long serialVersionUID = 1L;

        @Override
        protected IncomingRecord origin(RemapChange value) {
            return value.origin;
        }

        @Override
        protected RemapChange decode(IncomingRecord record) throws MalformedRecordException {
            return new Decoder().decode(record);
        }
    }
}
