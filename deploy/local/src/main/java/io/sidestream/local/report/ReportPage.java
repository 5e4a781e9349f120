package io.sidestream.local.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One HTML file that needs nothing else: styles, scripts, the chart library (uPlot) and the data
 * are all in it, and its security policy forbids it to load anything.
 */
public final class ReportPage {

    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{([a-z-]+)}}");
    private static final String UPLOT = "org.webjars.npm/uplot";

    private ReportPage() {}

    /**
     * The page of a history.
     *
     * @param madeAt shown at the bottom
     * @param topics where the history was read; shown there too
     */
    public static String of(History history, Instant madeAt, List<String> topics)
            throws IOException {
        String uplot = "/META-INF/resources/webjars/uplot/" + uplotVersion();
        Map<String, String> parts =
                Map.of(
                        "chart-style", resource(uplot + "/dist/uPlot.min.css"),
                        "chart-licence", resource(uplot + "/LICENSE"),
                        "chart-script", resource(uplot + "/dist/uPlot.iife.min.js"),
                        "style", resource("/report/report.css"),
                        "script", resource("/report/report.js"),
                        "data", PageData.of(history, madeAt, topics));
        return PLACEHOLDER
                .matcher(resource("/report/report.html"))
                .replaceAll(
                        placeholder -> Matcher.quoteReplacement(parts.get(placeholder.group(1))));
    }

    /** It is part of the path: asked of the jar, it need not be kept in step with the build. */
    private static String uplotVersion() throws IOException {
        Properties properties = new Properties();
        try (InputStream in = open("/META-INF/maven/" + UPLOT + "/pom.properties")) {
            properties.load(in);
        }
        return properties.getProperty("version");
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = open(name)) {
            return new String(in.readAllBytes(), UTF_8).strip();
        }
    }

    private static InputStream open(String name) {
        InputStream in = ReportPage.class.getResourceAsStream(name);
        if (in == null) {
            throw new IllegalStateException("there is no %s on the class path".formatted(name));
        }
        return in;
    }
}
