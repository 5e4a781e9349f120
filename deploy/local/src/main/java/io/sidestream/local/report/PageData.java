package io.sidestream.local.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import io.sidestream.local.kafka.PlanLife;
import io.sidestream.local.report.VersionHistory.Episode;
import io.sidestream.local.report.VersionHistory.Moment;
import io.sidestream.schema.HourglassAlert;
import io.sidestream.schema.HourglassReport;
import io.sidestream.schema.LayerSkew;
import io.sidestream.schema.PlanStatus;
import io.sidestream.schema.RemapPlan;
import io.sidestream.schema.RemapPlanStatus;
import io.sidestream.schema.ReportScope;
import io.sidestream.sid.Remap;
import io.sidestream.sid.RemapPolicy;
import java.io.IOException;
import java.io.StringWriter;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.avro.Schema;

/**
 * A history as JSON for the page's script. Numbers go by the names that the records give them. No
 * text in it can end the element that it stands in: {@code <}, {@code >} and {@code &} are escaped.
 */
final class PageData {

    /** Of a layer, everything that is one number. */
    private static final List<String> LAYER_METRICS =
            LayerSkew.getClassSchema().getFields().stream()
                    .map(Schema.Field::name)
                    .filter(
                            name ->
                                    !Set.of("layer", "tokens", "counts", "rank_bins")
                                            .contains(name))
                    .toList();

    /** Of a report, what changes from one to the next and is one number. */
    private static final List<String> REPORT_METRICS =
            HourglassReport.getClassSchema().getFields().stream()
                    .map(Schema.Field::name)
                    .filter(
                            name ->
                                    !Set.of("codebook_version", "at", "scope", "window", "layers")
                                            .contains(name))
                    .toList();

    private final JsonGenerator json;

    private PageData(JsonGenerator json) {
        this.json = json;
    }

    /**
     * @param topics where the history was read
     */
    static String of(History history, Instant madeAt, List<String> topics) throws IOException {
        JsonFactory factory = new JsonFactory();
        factory.setCharacterEscapes(new MarkupEscapes());
        StringWriter out = new StringWriter();
        try (JsonGenerator json = factory.createGenerator(out)) {
            json.writeStartObject();
            json.writeNumberField("made_at", madeAt.toEpochMilli());
            json.writeArrayFieldStart("topics");
            for (String topic : topics) {
                json.writeString(topic);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("versions");
            PageData data = new PageData(json);
            for (VersionHistory version : history.versions()) {
                data.version(version);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        return out.toString();
    }

    private void version(VersionHistory version) throws IOException {
        json.writeStartObject();
        json.writeStringField("version", version.version());
        json.writeArrayFieldStart("moments");
        for (Moment moment : version.moments()) {
            moment(moment);
        }
        json.writeEndArray();
        json.writeFieldName("standing");
        trend(version.trend(ReportScope.STANDING));
        json.writeFieldName("window");
        trend(version.trend(ReportScope.WINDOW));
        json.writeArrayFieldStart("alerts");
        for (Episode episode : version.episodes()) {
            episode(episode);
        }
        json.writeEndArray();
        json.writeArrayFieldStart("plans");
        for (PlanLife plan : version.plans()) {
            plan(plan);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void moment(Moment moment) throws IOException {
        HourglassReport report = moment.report();
        json.writeStartObject();
        json.writeStringField("label", moment.label());
        json.writeNumberField("at", report.getAt().toEpochMilli());
        json.writeNumberField("items", report.getItems());
        json.writeNumberField("remap_epoch", report.getRemapEpoch());
        json.writeArrayFieldStart("layers");
        for (int i = 0; i < report.getLayers().size(); i++) {
            LayerSkew layer = report.getLayers().get(i);
            json.writeStartObject();
            json.writeNumberField("layer", layer.getLayer());
            json.writeNumberField("tokens", layer.getTokens());
            json.writeNumberField("items", report.getItems());
            numbers("counts", moment.layers().get(i).counts());
            numbers("rank_bins", moment.layers().get(i).rankBins());
            for (String metric : LAYER_METRICS) {
                json.writeFieldName(metric);
                number(layer.get(metric));
            }
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void numbers(String name, List<Long> numbers) throws IOException {
        json.writeArrayFieldStart(name);
        for (long number : numbers) {
            json.writeNumber(number);
        }
        json.writeEndArray();
    }

    /** Column by column: names are written once. */
    private void trend(Trend trend) throws IOException {
        if (trend == null) {
            json.writeNull();
            return;
        }
        List<HourglassReport> reports = trend.kept();
        HourglassReport last = reports.get(reports.size() - 1);
        json.writeStartObject();
        json.writeNumberField("reports", trend.reports());
        json.writeNumberField("reports_per_two", trend.reportsPerBucket());
        json.writeFieldName("window");
        number(last.getWindow());
        json.writeArrayFieldStart("at");
        for (HourglassReport report : reports) {
            json.writeNumber(report.getAt().toEpochMilli());
        }
        json.writeEndArray();
        for (String metric : REPORT_METRICS) {
            json.writeArrayFieldStart(metric);
            for (HourglassReport report : reports) {
                number(report.get(metric));
            }
            json.writeEndArray();
        }
        json.writeArrayFieldStart("layers");
        for (int i = 0; i < last.getLayers().size(); i++) {
            json.writeStartObject();
            json.writeNumberField("layer", last.getLayers().get(i).getLayer());
            json.writeNumberField("tokens", last.getLayers().get(i).getTokens());
            for (String metric : LAYER_METRICS) {
                json.writeArrayFieldStart(metric);
                for (HourglassReport report : reports) {
                    number(report.getLayers().get(i).get(metric));
                }
                json.writeEndArray();
            }
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void episode(Episode episode) throws IOException {
        HourglassAlert either = episode.either();
        json.writeStartObject();
        json.writeStringField("scope", either.getScope().name());
        json.writeStringField("metric", either.getMetric());
        json.writeNumberField("layer", either.getLayer());
        json.writeFieldName("opened");
        alert(episode.opened());
        json.writeFieldName("resolved");
        alert(episode.resolved());
        json.writeEndObject();
    }

    private void alert(HourglassAlert alert) throws IOException {
        if (alert == null) {
            json.writeNull();
            return;
        }
        json.writeStartObject();
        json.writeNumberField("at", alert.getAt().toEpochMilli());
        json.writeFieldName("value");
        number(alert.getValue());
        json.writeFieldName("threshold");
        number(alert.getThreshold());
        json.writeNumberField("evaluations", alert.getEvaluations());
        json.writeNumberField("items", alert.getItems());
        json.writeStringField("message", alert.getMessage());
        json.writeEndObject();
    }

    private void plan(PlanLife life) throws IOException {
        RemapPlan plan = life.plan();
        Instant inForceAt = VersionHistory.inForceAt(life);
        json.writeStartObject();
        json.writeNumberField("epoch", plan.getEpoch());
        json.writeNumberField("layer", plan.getLayer());
        json.writeStringField(
                "policy", RemapPolicy.of(plan.getPolicy(), plan.getParameter()).toString());
        Remap remap = Remap.of(plan);
        json.writeBooleanField("whole_layer", remap.isWholeLayer());
        json.writeFieldName("head_tokens");
        json.writeArray(remap.headTokens(), 0, remap.headTokens().length);
        json.writeNumberField("items", plan.getItems());
        json.writeNumberField("items_to_move", plan.getItemsToMove());
        json.writeNumberField("head_items", plan.getHeadItems());
        json.writeObjectFieldStart("skew_before");
        for (Map.Entry<String, Double> metric : plan.getSkewBefore().entrySet()) {
            json.writeFieldName(metric.getKey());
            number(metric.getValue());
        }
        json.writeEndObject();
        json.writeNumberField("decided_at", plan.getDecidedAt().toEpochMilli());
        json.writeStringField("decided_by", plan.getDecidedBy());
        json.writeStringField("status", life.status().name());
        json.writeFieldName("in_force_at");
        number(inForceAt == null ? null : inForceAt.toEpochMilli());
        json.writeNumberField("items_moved", life.itemsMoved());
        json.writeNumberField("progress", life.progress());
        json.writeArrayFieldStart("steps");
        PlanStatus before = null;
        for (RemapPlanStatus step : life.steps()) {
            if (step.getStatus() != before) {
                json.writeStartObject();
                json.writeStringField("status", step.getStatus().name());
                json.writeNumberField("at", step.getAt().toEpochMilli());
                json.writeStringField("message", step.getMessage());
                json.writeEndObject();
            }
            before = step.getStatus();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    /** JSON knows neither NaN nor infinity: they are shown as missing. */
    private void number(Object value) throws IOException {
        if (value instanceof Long whole) {
            json.writeNumber(whole);
        } else if (value instanceof Integer whole) {
            json.writeNumber(whole);
        } else if (value instanceof Double number && Double.isFinite(number)) {
            json.writeNumber(number);
        } else {
            json.writeNull();
        }
    }

    private static final class MarkupEscapes extends CharacterEscapes {

        private static final long serialVersionUID = 1L;

        private final int[] ascii = standardAsciiEscapesForJSON();

        MarkupEscapes() {
            ascii['<'] = ESCAPE_STANDARD;
            ascii['>'] = ESCAPE_STANDARD;
            ascii['&'] = ESCAPE_STANDARD;
        }

        @Override
        public int[] getEscapeCodesForAscii() {
            return ascii.clone();
        }

        @Override
        public SerializableString getEscapeSequence(int character) {
            return null; // the standard ones do
        }
    }
}
