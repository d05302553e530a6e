package io.gpuscaling.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/**
 * Holds the packages to their arrows: commands → replay and doctor, and each library in one place.
 */
@AnalyzeClasses(
    packages = "io.gpuscaling.cli",
    importOptions = ImportOption.DoNotIncludeTests.class)
final class CliArchitectureTest {

  @ArchTest
  static final ArchRule REPLAY_KNOWS_NO_COMMAND =
      noClasses()
          .that()
          .resideInAPackage("..cli.replay..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.gpuscaling.cli", "picocli..", "tools.jackson..", "java.nio.file..");

  @ArchTest
  static final ArchRule CSV_ONLY_IN_REPLAY =
      noClasses()
          .that()
          .resideOutsideOfPackage("..cli.replay..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("de.siegmar..");

  /** What is made of facts rests on nothing but them: no clock, no process, no file. */
  @ArchTest
  static final ArchRule DIAGNOSES_ARE_PURE =
      noClasses()
          .that()
          .resideInAPackage("..cli.doctor")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.gpuscaling.cli", "..cli.doctor.ask..", "picocli..", "java.nio.file..");

  /** The cluster is asked by the caller's own kubectl, so that no credential is ever in here. */
  @ArchTest
  static final ArchRule PROCESSES_ONLY_FOR_THE_DOCTOR =
      noClasses()
          .that()
          .resideOutsideOfPackage("..cli.doctor.ask..")
          .should()
          .dependOnClassesThat()
          .belongToAnyOf(ProcessBuilder.class, Process.class, Runtime.class);

  @ArchTest
  static final ArchRule NO_CALL_LEAVES_THIS_PROCESS =
      classes()
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java.io",
              "java.lang..",
              "java.math",
              "java.nio..",
              "java.security..", // certificates that a doctor looks at
              "java.time..",
              "java.util..",
              "io.gpuscaling.cli..",
              "io.gpuscaling.core.config..",
              "io.gpuscaling.kubernetes.policy..",
              "io.gpuscaling.kubernetes.resource..",
              "io.gpuscaling.kubernetes.yaml..",
              "io.gpuscaling.policy..",
              "de.siegmar..",
              "picocli..",
              "tools.jackson..",
              "org.jspecify..");
}
