package io.gpuscaling.adapter.apiserver;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Which packages may know of which, and of which libraries. */
@AnalyzeClasses(
    packages = "io.gpuscaling.adapter",
    importOptions = ImportOption.DoNotIncludeTests.class)
final class PackageArrowsTest {

  private static final String ROOT = "io.gpuscaling.adapter.";

  @ArchTest
  static final ArchRule api_and_auth_know_no_transport =
      noClasses()
          .that()
          .resideInAnyPackage(ROOT + "api..", ROOT + "auth..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.netty..", "io.fabric8..", ROOT + "apiserver..", ROOT + "cluster..");

  @ArchTest
  static final ArchRule api_knows_no_identity_checks =
      noClasses()
          .that()
          .resideInAPackage(ROOT + "api..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage(ROOT + "auth..");

  @ArchTest
  static final ArchRule only_the_server_knows_netty =
      noClasses()
          .that()
          .resideInAnyPackage(ROOT + "api..", ROOT + "auth..", ROOT + "cluster..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.netty..");

  @ArchTest
  static final ArchRule only_the_cluster_package_knows_its_client =
      noClasses()
          .that()
          .resideOutsideOfPackage(ROOT + "cluster..")
          // It makes the clients and hands them to the package; nothing else may.
          .and()
          .doNotHaveSimpleName("AdapterProgram")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.fabric8..");

  @ArchTest
  static final ArchRule only_bodies_know_json =
      noClasses()
          .that()
          .resideInAnyPackage(ROOT + "api", ROOT + "api.request..", ROOT + "api.selector..")
          .or()
          .resideInAnyPackage(ROOT + "auth..", ROOT + "apiserver..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("tools.jackson..");

  @ArchTest
  static final ArchRule the_server_does_not_know_the_cluster =
      noClasses()
          .that()
          .resideInAPackage(ROOT + "apiserver..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage(ROOT + "cluster..");
}
