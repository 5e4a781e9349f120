package io.sidestream.operators.control;

import io.sidestream.codebook.CodebookLimits;
import io.sidestream.schema.RemapAction;
import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.RemapPlanStatus;
import io.sidestream.schema.RemapPolicyKind;
import io.sidestream.schema.RemapRequest;
import io.sidestream.sid.RemapPolicy;
import java.util.Map;

/**
 * What a record of {@code sid-remaps} may hold. The job's own records keep to it; so must a
 * person's, for the job answers with what they wrote. A record within these limits fits into a
 * Kafka record with room to spare.
 */
public final class RemapLimits {

    /** Characters of a request's id. */
    public static final int MAX_REQUEST_ID = 256;

    /** Characters of who or what asked for a plan, or decided about one. */
    public static final int MAX_NAME = 1024;

    /** Characters of a message. */
    public static final int MAX_MESSAGE = 4096;

    /** Leaves room for more plans than can ever be made. */
    static final long MAX_EPOCH = 1L << 53;

    private static final int MAX_BITMAP = CodebookLimits.MAX_CODEWORDS / Byte.SIZE;
    private static final int MAX_METRICS = 64;

    private RemapLimits() {}

    /** The beginning of a text, of as many characters as are allowed. */
    public static String cut(String text, int longest) {
        return text.length() <= longest ? text : text.substring(0, longest - 1) + "…";
    }

    /**
     * @throws IllegalArgumentException if the plan is not one that can be followed
     */
    static void check(RemapPlan plan) {
        requireEpoch(plan.getEpoch(), 1);
        requireLayer(plan.getLayer());
        RemapPolicy.of(plan.getPolicy(), plan.getParameter());
        requireBitmap(plan);
        requireCount("items", plan.getItems());
        requireCount("items_to_move", plan.getItemsToMove());
        requireCount("head_items", plan.getHeadItems());
        requireLength("decided_by", plan.getDecidedBy(), MAX_NAME);
        requireLength("request_id", plan.getRequestId(), MAX_REQUEST_ID);
        if (plan.getSkewBefore().size() > MAX_METRICS) {
            throw new IllegalArgumentException(
                    "skew_before has %d metrics; at most %d are possible"
                            .formatted(plan.getSkewBefore().size(), MAX_METRICS));
        }
        for (Map.Entry<String, Double> metric : plan.getSkewBefore().entrySet()) {
            requireLength("a metric of skew_before", metric.getKey(), MAX_REQUEST_ID);
        }
    }

    /**
     * @throws IllegalArgumentException if the step is not one of a plan's life
     */
    static void check(RemapPlanStatus step) {
        requireEpoch(step.getEpoch(), 0);
        requireCount("items_moved", step.getItemsMoved());
        if (!(step.getProgress() >= 0 && step.getProgress() <= 1)) {
            throw new IllegalArgumentException(
                    "progress is %s; it is from 0 to 1".formatted(step.getProgress()));
        }
        requireLength("message", step.getMessage(), MAX_MESSAGE);
        requireLength("request_id", step.getRequestId(), MAX_REQUEST_ID);
    }

    /**
     * Checks a request before it is written, or when it is read.
     *
     * @throws IllegalArgumentException if no answer is possible
     */
    public static void check(RemapRequest request) {
        if (request.getRequestId().isEmpty()) {
            throw new IllegalArgumentException(
                    "A request has an empty request_id; answers are found by it");
        }
        requireLength("request_id", request.getRequestId(), MAX_REQUEST_ID);
        requireLength("requested_by", request.getRequestedBy(), MAX_NAME);
        requireLayer(request.getLayer());
        requireEpoch(request.getEpoch(), 0);
        if (!Double.isFinite(request.getParameter())) {
            throw new IllegalArgumentException(
                    "parameter is %s; it must be finite".formatted(request.getParameter()));
        }
        RemapAction action = request.getAction();
        if (action == RemapAction.PROPOSE || action == RemapAction.APPLY) {
            if (request.getPolicy() == null) {
                throw new IllegalArgumentException(
                        "A request to %s a plan names no policy".formatted(action));
            }
            RemapPolicy.of(request.getPolicy(), request.getParameter());
        }
    }

    private static void requireBitmap(RemapPlan plan) {
        int bytes = plan.getHeadTokens().remaining();
        RemapPolicyKind policy = plan.getPolicy();
        boolean unnamed = policy == RemapPolicyKind.DROP_LAYER || policy == RemapPolicyKind.NONE;
        if (bytes > MAX_BITMAP || (unnamed && bytes > 0)) {
            throw new IllegalArgumentException(
                    "head_tokens of a %s plan has %d bytes; at most %d are possible"
                            .formatted(policy, bytes, unnamed ? 0 : MAX_BITMAP));
        }
    }

    private static void requireEpoch(long epoch, long lowest) {
        if (epoch < lowest || epoch > MAX_EPOCH) {
            throw new IllegalArgumentException(
                    "epoch is %d; it is from %d to %d".formatted(epoch, lowest, MAX_EPOCH));
        }
    }

    private static void requireLayer(int layer) {
        if (layer < 1 || layer > CodebookLimits.MAX_LAYERS) {
            throw new IllegalArgumentException(
                    "layer is %d; layers are from 1 to %d"
                            .formatted(layer, CodebookLimits.MAX_LAYERS));
        }
    }

    private static void requireCount(String field, long count) {
        if (count < 0) {
            throw new IllegalArgumentException(
                    "%s is %d; it must not be negative".formatted(field, count));
        }
    }

    private static void requireLength(String field, String text, int longest) {
        if (text.length() > longest) {
            throw new IllegalArgumentException(
                    "%s has %d characters; at most %d are possible"
                            .formatted(field, text.length(), longest));
        }
    }
}
