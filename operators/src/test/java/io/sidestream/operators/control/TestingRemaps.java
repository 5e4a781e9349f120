package io.sidestream.operators.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sidestream.operators.IncomingRecord;
import io.sidestream.operators.TestingRecords;
import io.sidestream.schema.PlanStatus;
import io.sidestream.schema.RemapAction;
import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.RemapPlanStatus;
import io.sidestream.schema.RemapPolicyKind;
import io.sidestream.schema.RemapRequest;
import io.sidestream.schema.SingleObjectFormat;
import io.sidestream.sid.Remap;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.apache.avro.specific.SpecificRecordBase;

/** Records of {@code sid-remaps}. */
public final class TestingRemaps {

    public static final String REMAPS = "sid-remaps";

    /** When every plan was decided. */
    public static final Instant DECIDED_AT = Instant.ofEpochMilli(1_700_000_123_456L);

    private TestingRemaps() {}

    public static RemapPlan plan(String version, long epoch, int layer, int... headTokens) {
        return RemapPlan.newBuilder()
                .setCodebookVersion(version)
                .setEpoch(epoch)
                .setLayer(layer)
                .setPolicy(RemapPolicyKind.TOP_K)
                .setParameter(headTokens.length)
                .setHeadTokens(new Remap(1, headTokens).bitmap())
                .setItems(0)
                .setItemsToMove(0)
                .setHeadItems(0)
                .setDecidedAt(DECIDED_AT)
                .setDecidedBy("a test")
                .build();
    }

    /** Whether a plan's bitmap has a token. */
    public static boolean names(RemapPlan plan, int token) {
        ByteBuffer bitmap = plan.getHeadTokens();
        return token / 8 < bitmap.remaining()
                && (bitmap.get(bitmap.position() + token / 8) >> (token % 8) & 1) == 1;
    }

    public static RemapPlanStatus step(String version, long epoch, PlanStatus status) {
        return RemapPlanStatus.newBuilder()
                .setCodebookVersion(version)
                .setEpoch(epoch)
                .setStatus(status)
                .setAt(DECIDED_AT)
                .build();
    }

    /** A request that is about no plan; what it asks for is the empty plan. */
    public static RemapRequest.Builder request(String version, String id, RemapAction action) {
        return RemapRequest.newBuilder()
                .setCodebookVersion(version)
                .setRequestId(id)
                .setAction(action)
                .setPolicy(RemapPolicyKind.NONE)
                .setRequestedAt(DECIDED_AT)
                .setRequestedBy("an operator");
    }

    /** The record as it is read back. */
    public static RemapChange change(SpecificRecordBase record) {
        String version = record.get("codebook_version").toString();
        return new RemapChange(incoming(version, encode(record)), version, record);
    }

    public static IncomingRecord incoming(String key, byte[] value) {
        return new IncomingRecord(
                REMAPS,
                0,
                5,
                TestingRecords.TIMESTAMP,
                key == null ? null : key.getBytes(UTF_8),
                value);
    }

    @SuppressWarnings("unchecked") // a record's class is that of its kind
    public static <T extends SpecificRecordBase> byte[] encode(T record) {
        return SingleObjectFormat.of((Class<T>) record.getClass()).encode(record);
    }
}
