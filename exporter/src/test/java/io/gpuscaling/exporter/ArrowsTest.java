package io.gpuscaling.exporter;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/**
 * Holds the packages to their arrows: sources publish through what they are handed, the pusher
 * reads the latest samples, and nobody knows both; each library stays in its place.
 */
@AnalyzeClasses(
    packages = "io.gpuscaling.exporter",
    importOptions = ImportOption.DoNotIncludeTests.class)
final class ArrowsTest {

  private static final String[] SOURCES = {
    "..exporter.dcgm..",
    "..exporter.nvml..",
    "..exporter.rabbitmq..",
    "..exporter.lease..",
    "..exporter.apps.."
  };

  @ArchTest
  static final ArchRule SOURCES_DO_NOT_KNOW_WHO_READS =
      noClasses()
          .that()
          .resideInAnyPackage(SOURCES)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("..exporter.latest..", "..exporter.push..");

  @ArchTest
  static final ArchRule PUSH_DOES_NOT_KNOW_THE_SOURCES =
      noClasses()
          .that()
          .resideInAnyPackage("..exporter.push..", "..exporter.latest..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "..exporter.dcgm..",
              "..exporter.rabbitmq..",
              "..exporter.lease..",
              "..exporter.source..",
              "io.gpuscaling.kubernetes..");

  @ArchTest
  static final ArchRule LATEST_KNOWS_ONLY_WORDS =
      noClasses()
          .that()
          .resideInAPackage("..exporter.latest..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("..exporter.push..", "io.grpc..", "io.netty..", "io.prometheus..");

  @ArchTest
  static final ArchRule DCGM_AND_RABBITMQ_ARE_STRANGERS =
      noClasses()
          .that()
          .resideInAPackage("..exporter.dcgm..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("..exporter.rabbitmq..", "..exporter.lease..");

  @ArchTest
  static final ArchRule GRPC_ONLY_WHERE_OTHERS_ARE_SPOKEN_TO =
      onlyIn("io.grpc..", "..exporter.push..", "..exporter.lease..", "..exporter.podresources..");

  @ArchTest
  static final ArchRule CONTRACTS_ONLY_WHERE_OTHERS_ARE_SPOKEN_TO =
      onlyIn(
          "io.gpuscaling.proto..",
          "..exporter.push..",
          "..exporter.lease..",
          "..exporter.podresources..");

  @ArchTest
  static final ArchRule HTTP_CLIENT_ONLY_WHERE_PAGES_ARE_READ =
      onlyIn(
          "java.net.http..",
          "..exporter.dcgm..",
          "..exporter.rabbitmq.stats..",
          "..exporter.apps..");

  @ArchTest
  static final ArchRule AGE_IS_PURE =
      noClasses()
          .that()
          .resideInAPackage("..exporter.rabbitmq.age..")
          .should()
          .dependOnClassesThat()
          .resideOutsideOfPackages(
              "..exporter.rabbitmq.age..",
              "..core.metric..",
              "java.lang..",
              "java.util..",
              "org.jspecify..");

  @ArchTest
  static final ArchRule AMQP_ONLY_IN_RABBITMQ = onlyIn("com.rabbitmq..", "..exporter.rabbitmq..");

  @ArchTest
  static final ArchRule SOURCES_DO_NOT_KNOW_WHICH_OF_THEM_COUNTS =
      noClasses()
          .that()
          .resideInAnyPackage(SOURCES)
          .should()
          .dependOnClassesThat()
          .resideInAPackage("..exporter.tasks..");

  @ArchTest
  static final ArchRule NATIVE_CALLS_ONLY_IN_NVML =
      onlyIn("java.lang.foreign..", "..exporter.nvml..");

  private static ArchRule onlyIn(String library, String... packages) {
    return noClasses()
        .that()
        .resideOutsideOfPackages(packages)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library);
  }
}
