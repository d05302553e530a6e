package io.gpuscaling.kubernetes;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Holds the packages to their arrows: client → identity, and each library in one place. */
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
  static final ArchRule HTTP_AND_JSON_ONLY_IN_CLIENT =
      noClasses()
          .that()
          .resideOutsideOfPackage("..kubernetes.client..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.net.http..", "tools.jackson..");

  @ArchTest
  static final ArchRule CACHE_ONLY_IN_IDENTITY =
      noClasses()
          .that()
          .resideOutsideOfPackage("..kubernetes.identity..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.github.benmanes..");

  @ArchTest
  static final ArchRule NO_OTHER_MODULE_BUT_CORE =
      classes()
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java..",
              "javax..",
              "io.gpuscaling.kubernetes..",
              "io.gpuscaling.core..",
              "com.github.benmanes..",
              "tools.jackson..",
              "org.slf4j..",
              "org.jspecify..",
              "com.google.errorprone..");
}
