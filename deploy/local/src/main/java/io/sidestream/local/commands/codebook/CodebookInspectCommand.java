package io.sidestream.local.commands.codebook;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sidestream.codebook.Codebook;
import io.sidestream.codebook.UnreachableCodewords;
import io.sidestream.local.console.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "inspect",
        description = {
            "Show what is in a codebook file, or in another tool's that `codebook import` takes."
        })
final class CodebookInspectCommand implements Callable<Integer> {

    private static final int LONGEST_FACT = 100;

    @Parameters(paramLabel = "FILE", description = "The codebook.")
    private Path file;

    @Option(names = "--json", description = "As JSON, with all facts at full length.")
    private boolean json;

    private final Console console;

    CodebookInspectCommand(Console console) {
        this.console = console;
    }

    /** Norms of one layer's codewords. */
    private record Norms(double least, double mean, double greatest) {

        static Norms of(Codebook codebook, int layer) {
            float[] values = codebook.layer(layer);
            int dimension = codebook.dimension();
            double[] norms =
                    IntStream.range(0, codebook.layerSize(layer))
                            .mapToDouble(k -> norm(values, k * dimension, dimension))
                            .toArray();
            DoubleSummaryStatistics summary = Arrays.stream(norms).summaryStatistics();
            return new Norms(summary.getMin(), summary.getAverage(), summary.getMax());
        }

        private static double norm(float[] values, int from, int length) {
            double sum = 0;
            for (int i = from; i < from + length; i++) {
                sum += (double) values[i] * values[i];
            }
            return Math.sqrt(sum);
        }
    }

    @Override
    public Integer call() throws IOException {
        CodebookInput input = CodebookInput.look(file);
        if (input.imported()) {
            console.note(
                    "another tool's file, without version and normalization; `codebook import`"
                            + " makes a codebook of it");
        }
        if (json) {
            console.println(toJson(input));
        } else {
            print(input);
        }
        return 0;
    }

    private void print(CodebookInput input) throws IOException {
        Codebook codebook = input.codebook();
        if (!input.imported()) {
            line("version", codebook.version());
            line("SHA-256", input.sha256OrNull());
            line("normalize", codebook.normalize() ? "yes" : "no");
        }
        line("dimension", Integer.toString(codebook.dimension()));
        line("size", String.format(Locale.ROOT, "%,d bytes", Files.size(file)));
        codebook.facts().forEach((name, value) -> line(name, shortened(Console.printable(value))));
        console.println("");
        List<List<String>> rows = new ArrayList<>();
        for (int layer = 1; layer <= codebook.layers(); layer++) {
            Norms norms = Norms.of(codebook, layer);
            rows.add(
                    List.of(
                            Integer.toString(layer),
                            Integer.toString(codebook.layerSize(layer)),
                            decimal(norms.least()),
                            decimal(norms.mean()),
                            decimal(norms.greatest())));
        }
        console.table(
                List.of("layer", "codewords", "least norm", "mean norm", "greatest norm"), rows);
        CodebookOutput.warnOfUnreachable(codebook, console);
    }

    private void line(String name, String value) {
        console.println("%-22s %s".formatted(name, value));
    }

    private static String shortened(String text) {
        return text.length() <= LONGEST_FACT
                ? text
                : text.substring(0, LONGEST_FACT) + "… (--json shows all)";
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.4g", value);
    }

    /** What another tool's file does not say is null. */
    private String toJson(CodebookInput input) throws IOException {
        Codebook codebook = input.codebook();
        ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        ObjectNode node =
                mapper.createObjectNode()
                        .put("version", input.imported() ? null : codebook.version())
                        .put("sha256", input.sha256OrNull())
                        .put("dimension", codebook.dimension())
                        .put("normalize", input.imported() ? null : codebook.normalize())
                        .put("bytes", Files.size(file));
        ArrayNode unreachable = node.putArray("unreachable");
        for (UnreachableCodewords.Finding found : UnreachableCodewords.in(codebook)) {
            unreachable
                    .addObject()
                    .put("layer", found.layer())
                    .put("codewords", found.count())
                    .put("example", found.example())
                    .put("equal_to", found.equalTo() < 0 ? null : found.equalTo());
        }
        ArrayNode layers = node.putArray("layers");
        for (int layer = 1; layer <= codebook.layers(); layer++) {
            Norms norms = Norms.of(codebook, layer);
            layers.addObject()
                    .put("layer", layer)
                    .put("codewords", codebook.layerSize(layer))
                    .put("least_norm", norms.least())
                    .put("mean_norm", norms.mean())
                    .put("greatest_norm", norms.greatest());
        }
        ObjectNode facts = node.putObject("facts");
        codebook.facts().forEach(facts::put);
        return mapper.writeValueAsString(node);
    }
}
