package io.sidestream.operators.control;

import static io.sidestream.schema.Quote.quote;

import io.sidestream.codebook.Codebook;
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
 * A remap plan, a step in its life, or a request for one.
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
            SpecificRecordBase decoded;
            String version;
            try {
                decoded = decode(record.value());
                version = decoded.get("codebook_version").toString();
                Codebook.requireVersion(version);
            } catch (IllegalArgumentException e) {
                throw refusal(e.getMessage());
            }
            String key = new String(record.key(), StandardCharsets.UTF_8);
            if (!version.equals(key)) {
                throw refusal(
                        "A record of version %s has the key %s; they must be equal"
                                .formatted(quote(version), quote(key)));
            }
            return new RemapChange(record, version, decoded);
        }

        private SpecificRecordBase decode(byte[] value) throws MalformedRecordException {
            if (steps.recognizes(value)) {
                RemapPlanStatus step = steps.decode(value);
                RemapLimits.check(step);
                return step;
            }
            if (requests.recognizes(value)) {
                RemapRequest request = requests.decode(value);
                RemapLimits.check(request);
                return request;
            }
            RemapPlan plan = plans.decode(value);
            RemapLimits.check(plan);
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
