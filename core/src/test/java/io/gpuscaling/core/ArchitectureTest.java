package io.gpuscaling.core;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows between the packages of this module, and which of them uses which library. */
@AnalyzeClasses(packages = "io.gpuscaling.core", importOptions = DoNotIncludeTests.class)
final class ArchitectureTest {

  @ArchTest
  static final ArchRule PACKAGES_HAVE_NO_CYCLES =
      slices().matching("io.gpuscaling.core.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule METRIC_AND_TIME_STAND_ALONE =
      noClasses()
          .that()
          .resideInAnyPackage("..core.metric..", "..core.time..")
          .should()
          .dependOnClassesThat()
          .resideOutsideOfPackages(
              "java..",
              "org.jspecify..",
              "com.google.errorprone..",
              "..core.metric..",
              "..core.time..");

  @ArchTest static final ArchRule NETTY_IS_HTTPS = onlyIn("..core.http..", "io.netty..");

  @ArchTest
  static final ArchRule PICOCLI_AND_YAML_ARE_CONFIGS =
      onlyIn("..core.config..", "picocli..", "org.snakeyaml..");

  @ArchTest
  static final ArchRule LOGBACK_IS_LOGGINGS =
      onlyIn("..core.logging..", "ch.qos.logback..", "org.slf4j.bridge..");

  @ArchTest
  static final ArchRule PROGRAMS_ARE_NOT_KNOWN =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.gpuscaling.exporter..",
              "io.gpuscaling.adapter..",
              "io.gpuscaling.kubernetes..",
              "io.gpuscaling.v1..");

  private ArchitectureTest() {}

  private static ArchRule onlyIn(String owner, String... libraries) {
    return noClasses()
        .that()
        .resideOutsideOfPackage(owner)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(libraries);
  }
}
