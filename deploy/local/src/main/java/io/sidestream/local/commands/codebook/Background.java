package io.sidestream.local.commands.codebook;

import io.sidestream.local.Sidestream;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs a command in a process of its own, which goes on when this one ends. */
final class Background {

    private Background() {}

    /**
     * Starts a command with Java as this process has it.
     *
     * @param name of the log file, in part
     * @param arguments of {@code sidestream}
     * @return where it writes what it would show
     */
    static Path start(String name, List<String> arguments) throws IOException {
        Path log = Files.createTempFile("sidestream-" + name + "-", ".log");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(
                List.of("-cp", System.getProperty("java.class.path"), Sidestream.class.getName()));
        command.addAll(arguments);
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .redirectInput(Redirect.from(new File("/dev/null")));
        builder.environment().remove("SIDESTREAM_STDERR"); // that stream is this process's own
        builder.start();
        return log;
    }
}
