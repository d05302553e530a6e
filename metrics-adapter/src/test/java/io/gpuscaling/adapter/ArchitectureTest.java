package io.gpuscaling.adapter;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows between the adapter's packages. */
@AnalyzeClasses(
    packages = "io.gpuscaling.adapter",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  private static final String ROOT = "io.gpuscaling.adapter.";
  private static final String API = ROOT + "api..";
  private static final String API_SERVER = ROOT + "apiserver..";
  private static final String AUTH = ROOT + "auth..";
  private static final String CERTIFICATES = ROOT + "certificates..";
  private static final String CLUSTER = ROOT + "cluster..";
  private static final String GUARD = ROOT + "guard..";
  private static final String INGEST = ROOT + "ingest..";
  private static final String LEADER = ROOT + "leader..";
  private static final String METRICS = ROOT + "metrics..";
  private static final String POLICY = ROOT + "policy..";
  private static final String POOL = ROOT + "pool..";
  private static final String SLOT = ROOT + "slot..";
  private static final String STORE = ROOT + "store..";

  @ArchTest
  static final ArchRule STORE_KNOWS_NOBODY =
      noClasses()
          .that()
          .resideInAPackage(STORE)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(API, API_SERVER, AUTH, CLUSTER, INGEST, METRICS);

  @ArchTest
  static final ArchRule INGEST_KNOWS_THE_STORE_ONLY =
      noClasses()
          .that()
          .resideInAPackage(INGEST)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(API, API_SERVER, AUTH, CLUSTER, METRICS);

  @ArchTest
  static final ArchRule METRICS_KNOW_STORE_AND_API_ONLY =
      noClasses()
          .that()
          .resideInAPackage(METRICS)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(API_SERVER, AUTH, CLUSTER, INGEST, LEADER, POLICY);

  @ArchTest
  static final ArchRule GUARD_KNOWS_THE_API_ONLY =
      noClasses()
          .that()
          .resideInAPackage(GUARD)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(API_SERVER, AUTH, CLUSTER, INGEST, METRICS, STORE);

  @ArchTest
  static final ArchRule CERTIFICATES_KNOW_NOBODY =
      noClasses()
          .that()
          .resideInAPackage(CERTIFICATES)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(API, API_SERVER, AUTH, CLUSTER, GUARD, INGEST, METRICS, SLOT, STORE);

  @ArchTest
  static final ArchRule LEADER_KNOWS_NOBODY =
      noClasses()
          .that()
          .resideInAPackage(LEADER)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              API,
              API_SERVER,
              AUTH,
              CERTIFICATES,
              CLUSTER,
              GUARD,
              INGEST,
              METRICS,
              POLICY,
              SLOT,
              STORE);

  @ArchTest
  static final ArchRule POOL_KNOWS_METRICS_ONLY =
      noClasses()
          .that()
          .resideInAPackage(POOL)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              API,
              API_SERVER,
              AUTH,
              CERTIFICATES,
              CLUSTER,
              GUARD,
              INGEST,
              LEADER,
              POLICY,
              SLOT,
              STORE);

  @ArchTest
  static final ArchRule POLICY_KNOWS_METRICS_API_AND_LEADER_ONLY =
      noClasses()
          .that()
          .resideInAPackage(POLICY)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(API_SERVER, AUTH, CERTIFICATES, CLUSTER, GUARD, INGEST, SLOT, STORE);

  @ArchTest
  static final ArchRule BOUNCY_CASTLE_ONLY_IN_CERTIFICATES =
      noClasses()
          .that()
          .resideOutsideOfPackage(CERTIFICATES)
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.bouncycastle..");

  @ArchTest
  static final ArchRule SLOT_KNOWS_THE_API_ONLY =
      noClasses()
          .that()
          .resideInAPackage(SLOT)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(API_SERVER, AUTH, CLUSTER, GUARD, INGEST, METRICS, STORE);

  @ArchTest
  static final ArchRule API_KNOWS_NOBODY =
      noClasses()
          .that()
          .resideInAPackage(API)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(API_SERVER, AUTH, CLUSTER, INGEST, METRICS, STORE);

  @ArchTest
  static final ArchRule KUBERNETES_CLIENT_ONLY_IN_CLUSTER =
      noClasses()
          .that()
          .resideOutsideOfPackage(CLUSTER)
          // The pages that wire the program hand the client from where it is made to where it is
          // used.
          .and()
          .doNotHaveSimpleName("AdapterProgram")
          .and()
          .doNotHaveSimpleName("PolicyWiring")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.fabric8..");

  @ArchTest
  static final ArchRule GRPC_ONLY_IN_INGEST =
      noClasses()
          .that()
          .resideOutsideOfPackage(INGEST)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.grpc..", "io.gpuscaling.proto..", "com.google.protobuf..");

  @ArchTest
  static final ArchRule NETTY_ONLY_IN_SERVERS =
      noClasses()
          .that()
          .resideOutsideOfPackages(INGEST, API_SERVER)
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.netty..");

  @ArchTest
  static final ArchRule AUTH_KNOWS_NO_TRANSPORT_AND_NO_CLUSTER =
      noClasses()
          .that()
          .resideInAPackage(AUTH)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(API_SERVER, CLUSTER);

  @ArchTest
  static final ArchRule API_SERVER_KNOWS_NO_CLUSTER =
      noClasses()
          .that()
          .resideInAPackage(API_SERVER)
          .should()
          .dependOnClassesThat()
          .resideInAPackage(CLUSTER);

  @ArchTest
  static final ArchRule ONLY_BODIES_KNOW_JSON =
      noClasses()
          .that()
          .resideInAnyPackage(ROOT + "api", ROOT + "api.request..", ROOT + "api.selector..")
          .or()
          .resideInAnyPackage(AUTH, API_SERVER)
          .should()
          .dependOnClassesThat()
          .resideInAPackage("tools.jackson..");

  @ArchTest
  static final ArchRule NO_CIRCLES =
      slices().matching("io.gpuscaling.adapter.(*)..").should().beFreeOfCycles();
}
