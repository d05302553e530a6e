package io.gpuscaling.kubernetes;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/**
 * Holds the packages to their arrows: client → identity and election, policy → resource; and each
 * library in one place.
 */
@AnalyzeClasses(
    packages = "io.gpuscaling.kubernetes",
    importOptions = ImportOption.DoNotIncludeTests.class)
final class ArrowsTest {

  @ArchTest
  static final ArchRule IDENTITY_KNOWS_NO_CLIENT =
      noClasses()
          .that()
          .resideInAPackage("..identity..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("..kubernetes.client..");

  @ArchTest
  static final ArchRule ELECTION_KNOWS_NEITHER =
      noClasses()
          .that()
          .resideInAPackage("..election..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("..kubernetes.client..", "..kubernetes.identity..");

  @ArchTest
  static final ArchRule HTTP_AND_JSON_ONLY_IN_CLIENT =
      noClasses()
          .that()
          .resideOutsideOfPackage("..kubernetes.client..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.net.http..", "tools.jackson..");

  @ArchTest
  static final ArchRule CACHE_ONLY_IN_MEMORIES_OF_ANSWERS =
      noClasses()
          .that()
          .resideOutsideOfPackages("..kubernetes.identity..", "..kubernetes.pods..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.github.benmanes..");

  @ArchTest
  static final ArchRule RESOURCE_DOES_NOT_KNOW_WHAT_FIELDS_MEAN =
      noClasses()
          .that()
          .resideInAPackage("..kubernetes.resource..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("..kubernetes.policy..", "..kubernetes.client..", "..identity..");

  @ArchTest
  static final ArchRule CUSTOM_RESOURCES_CALL_NOBODY =
      noClasses()
          .that()
          .resideInAPackage("..kubernetes.policy..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("..kubernetes.client..", "..identity..", "..kubernetes.yaml..");

  @ArchTest
  static final ArchRule YAML_ONLY_IN_YAML =
      noClasses()
          .that()
          .resideOutsideOfPackage("..kubernetes.yaml..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.snakeyaml..");

  @ArchTest
  static final ArchRule NO_OTHER_MODULE_BUT_CORE_AND_POLICY =
      classes()
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java..",
              "javax..",
              "io.gpuscaling.kubernetes..",
              "io.gpuscaling.core..",
              "io.gpuscaling.policy..",
              "org.snakeyaml..",
              "com.github.benmanes..",
              "tools.jackson..",
              "org.slf4j..",
              "org.jspecify..",
              "com.google.errorprone..");
}
