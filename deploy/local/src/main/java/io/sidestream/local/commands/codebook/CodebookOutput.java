package io.sidestream.local.commands.codebook;

import io.sidestream.codebook.Codebook;
import io.sidestream.codebook.CodebookFile;
import io.sidestream.codebook.UnreachableCodewords;
import io.sidestream.local.console.Console;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The options of the commands that make a codebook file. */
final class CodebookOutput {

    @Option(
            names = "--out",
            paramLabel = "FILE",
            required = true,
            description = "Codebook file to write (.safetensors).")
    private Path out;

    @Option(
            names = "--version",
            paramLabel = "V",
            defaultValue = "v1",
            description = "Name of the codebook version (default: ${DEFAULT-VALUE}).")
    private String version;

    String version() {
        return version;
    }

    /** Warns of tokens that no item can have. */
    static void warnOfUnreachable(Codebook codebook, Console console) {
        UnreachableCodewords.in(codebook).forEach(found -> console.warn(found.toString()));
    }

    /** Writes the file, and says what it holds. */
    void write(Codebook codebook, Console console) throws IOException {
        String sha256 = CodebookFile.write(codebook, out);
        console.println("%s in %s".formatted(codebook, out));
        console.println("SHA-256 " + sha256);
        warnOfUnreachable(codebook, console);
    }
}
