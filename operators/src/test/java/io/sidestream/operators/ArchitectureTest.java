package io.sidestream.operators;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Which packages may know which. */
class ArchitectureTest {

    private static final String ROOT = "io.sidestream.";
    private static final String[] PURE = {"codebook", "embedding", "hourglass", "quantize", "sid"};

    /** In the order in which the data meets them. */
    private static final List<String> STAGES =
            List.of(
                    "decode",
                    "control",
                    "assign",
                    "backfill",
                    "combine",
                    "sweep",
                    "index",
                    "resolve",
                    "publish",
                    "watch");

    private static JavaClasses main;

    @BeforeAll
    static void read() {
        main =
                new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .importPackages("io.sidestream");
    }

    @Test
    void whatComputesKnowsNothingOfFlinkAndKafka() {
        for (String pure : PURE) {
            noClasses()
                    .that()
                    .resideInAPackage(ROOT + pure + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "org.apache.flink..", "org.apache.kafka..", ROOT + "operators..")
                    .check(main);
        }
    }

    @Test
    void aStageKnowsOnlyTheStagesBeforeIt() {
        List<String> later = new ArrayList<>(STAGES);
        for (String stage : STAGES) {
            later.remove(stage);
            if (later.isEmpty()) {
                continue;
            }
            noClasses()
                    .that()
                    .resideInAPackage(ROOT + "operators." + stage)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            later.stream()
                                    .map(name -> ROOT + "operators." + name)
                                    .toArray(String[]::new))
                    .check(main);
        }
    }

    @Test
    void theStagesAreAllThatThereIsBelowOperators() {
        assertThat(main.stream().map(type -> type.getPackageName()))
                .filteredOn(name -> name.startsWith(ROOT + "operators."))
                .extracting(name -> name.substring((ROOT + "operators.").length()))
                .isSubsetOf(STAGES);
    }

    @Test
    void whatStagesShareKnowsNoStage() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + "operators")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(ROOT + "operators.*..")
                .check(main);
    }

    @Test
    void packagesFormNoCycle() {
        slices().matching(ROOT + "(**)").should().beFreeOfCycles().check(main);
    }

    @Test
    void operatorsLeaveKafkaToTheJob() {
        classes()
                .that()
                .resideInAPackage(ROOT + "operators..")
                .should()
                .onlyDependOnClassesThat()
                .resideOutsideOfPackage("org.apache.kafka..")
                .check(main);
    }
}
