package io.sidestream.local.commands;

import io.sidestream.local.console.Console;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "import",
        description = {
            "Make a codebook file of another tool's codebook.",
            "It may be",
            "  .npz          arrays codebook_0, codebook_1.., each codewords x dimension",
            "  .npy          one array, layers x codewords x dimension",
            "  .safetensors  tensors layer_1, layer_2.., each codewords x dimension",
            "  FAISS         an index file with a trained IndexResidualQuantizer"
        })
final class CodebookImportCommand implements Callable<Integer> {

    @Option(
            names = "--from",
            paramLabel = "FILE",
            required = true,
            description = "Codebook to import.")
    private Path from;

    @Mixin private CodebookOutput output;

    @Option(
            names = "--normalize",
            description =
                    "The codebook was trained on embeddings divided by their L2 norm, and wants"
                            + " them so.")
    private boolean normalize;

    private final Console console;

    CodebookImportCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        CodebookInput input = CodebookInput.read(from, output.version(), null, normalize);
        output.write(input.codebook(), console);
        return 0;
    }
}
