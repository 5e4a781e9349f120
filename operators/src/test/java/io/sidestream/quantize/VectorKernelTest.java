package io.sidestream.quantize;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VectorKernelTest {
    private static final String[] SIMD = {"--add-modules", "jdk.incubator.vector"};

    @TempDir private Path directory;

    @Test
    void equalsTheScalarReferenceAtEverySize() {
        KernelAgreement.checkSizes();
    }

    @Test
    void equalsTheScalarReferenceForTiesDenormalsAndOverflow() {
        KernelAgreement.checkValues();
    }

    /** The width of vectors is fixed when a JVM starts: so other widths are other processes. */
    @ParameterizedTest
    @ValueSource(ints = {128, 256, 512})
    void equalsTheScalarReferenceWithVectorsOf(int bits) throws Exception {
        String widest = ResidualQuantizer.create(1, new float[][] {{1}}, false).kernel();
        int supported = Math.min(bits, Integer.parseInt(widest.replaceAll("[^0-9]", "")));

        List<String> output =
                run(KernelAgreement.class, SIMD[0], SIMD[1], "-XX:MaxVectorSize=" + bits / 8);

        assertThat(output).last().isEqualTo("vector(" + supported + ")");
    }

    @Test
    void fallsBackToScalarWithOneWarningWhereTheJvmHasNoVectorModule() throws Exception {
        Path logging = directory.resolve("log4j2.properties");
        Files.writeString(
                logging,
                """
                appender.console.type = Console
                appender.console.name = console
                appender.console.layout.type = PatternLayout
                appender.console.layout.pattern = %p %m%n
                rootLogger.level = warn
                rootLogger.appenderRef.console.ref = console
                """);

        List<String> output = run(TwoQuantizers.class, "-Dlog4j2.configurationFile=" + logging);

        assertThat(output)
                .filteredOn(line -> line.startsWith("WARN"))
                .singleElement()
                .asString()
                .contains("--add-modules jdk.incubator.vector");
        assertThat(output).endsWith("scalar", "scalar", "1");
    }

    /** Run in a JVM without the vector module. */
    static final class TwoQuantizers {
        private TwoQuantizers() {}

        public static void main(String[] args) {
            int[] codes = new int[1];
            for (int i = 0; i < 2; i++) {
                ResidualQuantizer quantizer =
                        ResidualQuantizer.create(2, new float[][] {{0, 0, 1, 1}}, false);
                quantizer.worker().quantize(new float[] {0.9f, 0.8f}, 1, codes);
                System.out.println(quantizer.kernel());
            }
            System.out.println(codes[0]);
        }
    }

    private List<String> run(Class<?> main, String... jvmOptions) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx256m");
        command.addAll(List.of(jvmOptions));
        command.add(main.getName());
        Path output = directory.resolve("output.txt");
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile());
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        builder.environment().remove("JDK_JAVA_OPTIONS");
        Process process = builder.start();
        try {
            assertThat(process.waitFor(5, TimeUnit.MINUTES)).as("ended in time").isTrue();
            assertThat(process.exitValue()).as(() -> read(output)).isZero();
        } finally {
            process.destroyForcibly();
        }
        return read(output).lines().toList();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, UTF_8);
        } catch (IOException e) {
            return "no output: " + e;
        }
    }
}
