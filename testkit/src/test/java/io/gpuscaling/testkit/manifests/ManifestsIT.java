package io.gpuscaling.testkit.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.controlplane.Kubectl;
import io.gpuscaling.testkit.junit.ControlPlaneExtension;
import io.gpuscaling.testkit.process.Command;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** The manifests on a real API server: every object is accepted, and the names in them line up. */
@Timeout(120)
@ExtendWith(ControlPlaneExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ManifestsIT {

  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final Path MANIFESTS = Path.of("..", "manifests");

  /** Secrets that a person or cert-manager makes, as README.md says. */
  private static final Set<String> SECRETS =
      Set.of("metrics-adapter-tls", "exporter-lease-tls", "queue-reader-rabbitmq");

  private final ControlPlane plane;
  private final Kubectl kubectl;
  private final Rendered base;
  private final Rendered examples;
  private final Rights rights;
  private Command.Result applied;

  ManifestsIT(ControlPlane plane) {
    this.plane = plane;
    this.kubectl = plane.kubectl();
    this.rights = new Rights(plane);
    this.base = render("base");
    this.examples = render("examples");
    this.applied = new Command.Result(List.of(), -1, "", "");
  }

  @BeforeAll
  void apply() {
    applied = apply(base);
  }

  @AfterAll
  void delete() {
    // The APIServices first: while they have no server no namespace can be deleted.
    kubectl.run("delete", "apiservices", "-l", "app.kubernetes.io/part-of=gpuscaling").orThrow();
    for (Rendered rendered : List.of(base, examples)) {
      kubectl.runWithInput(
          rendered.yaml(), "delete", "--ignore-not-found", "--wait=false", "-f", "-");
    }
  }

  @Test
  void base_everyObject_isAcceptedWithoutWarning() {
    assertThat(applied.stderr()).isEmpty();
    assertThat(applied.isSuccess()).isTrue();
    assertThat(applied.stdout().lines()).hasSameSizeAs(base.objects());
  }

  @Test
  void base_appliedAgain_changesNothing() {
    var again = apply(base);

    assertThat(again.orThrow().lines()).allMatch(line -> line.endsWith("serverside-applied"));
    assertThat(kubectl.runWithInput(base.yaml(), "diff", "--server-side", "-f", "-").exitCode())
        .isZero();
  }

  @Test
  void examples_everyObject_isAcceptedWithoutWarning() {
    var result = apply(examples);

    assertThat(result.stderr()).isEmpty();
    assertThat(result.orThrow().lines()).hasSameSizeAs(examples.objects());
  }

  @Test
  void adapterPods_areAdmittedToTheRestrictedNamespace() {
    plane
        .api()
        .await(
            "/apis/apps/v1/namespaces/gpuscaling/deployments/metrics-adapter",
            DEADLINE,
            answer -> answer.body().at("/status/replicas").asInt(0) == 2);
  }

  @Test
  void certManagerOverlay_addsCertificatesForEveryTlsSecret() {
    var overlay = render("overlays/cert-manager");

    assertThat(overlay.ofKind("APIService"))
        .hasSize(4)
        .allSatisfy(api ->
            assertThat(api.at("/metadata/annotations/cert-manager.io~1inject-ca-from").asString())
                .isEqualTo("gpuscaling/metrics-adapter"));
    assertThat(overlay.ofKind("Certificate"))
        .extracting(certificate -> certificate.at("/spec/secretName").asString())
        .contains("metrics-adapter-tls", "exporter-lease-tls");
    assertThat(overlay.named("Certificate", "metrics-adapter").at("/spec/dnsNames").valueStream())
        .extracting(JsonNode::asString)
        .containsExactly(Rendered.flag(daemonSet(), "--adapter-server-name"));
  }

  @Test
  void selfManagedOverlay_isAccepted_andMountsNoSecretOfTheAdapter() {
    var overlay = render("overlays/self-managed-certificates");
    var result =
        kubectl.runWithInput(
            overlay.yaml(), "apply", "--server-side", "--dry-run=server", "-f", "-");

    assertThat(result.stderr()).isEmpty();
    assertThat(result.orThrow().lines()).hasSameSizeAs(overlay.objects());
    assertThat(overlay.yaml()).doesNotContain("metrics-adapter-tls");
    for (var exporter :
        List.of(
            overlay.named("DaemonSet", "exporter"), overlay.named("Deployment", "queue-reader"))) {
      assertThat(volume(exporter, "adapter-ca").at("/projected/sources"))
          .hasToString(
              "[{\"configMap\":{\"items\":[{\"key\":\"ca.crt\",\"path\":\"ca.crt\"}],"
                  + "\"name\":\"metrics-adapter-ca\"}}]");
    }
    var adapter = overlay.named("Deployment", "metrics-adapter");
    assertThat(Rendered.container(adapter).path("args").toString())
        .contains("--certificates-self-managed")
        .doesNotContain("--tls-cert-file");
    overlay.named("Secret", "metrics-adapter-ca");
    overlay.named("ConfigMap", "metrics-adapter-ca");
  }

  @Test
  void selfManagedOverlay_letsTheAdapterChangeItsOwnObjectsAlone() {
    var file = MANIFESTS.resolve("components/self-managed-certificates/rights.yaml").toString();
    kubectl.run("apply", "--server-side", "-f", file).orThrow();
    var adapter = "gpuscaling:metrics-adapter";
    var ca = "metrics-adapter-ca";

    assertThat(rights.may(adapter, "update", "secrets", "gpuscaling", ca)).isTrue();
    assertThat(rights.may(adapter, "get", "secrets", "gpuscaling", "other")).isFalse();
    assertThat(rights.may(adapter, "create", "secrets", "gpuscaling")).isFalse();
    assertThat(rights.may(adapter, "patch", "configmaps", "gpuscaling", ca)).isTrue();
    assertThat(rights.may(adapter, "patch", "configmaps", "gpuscaling", "other")).isFalse();
    String apiService = "apiservices.apiregistration.k8s.io";
    assertThat(rights.may(adapter, "patch", apiService, "", "v1beta1.external.metrics.k8s.io"))
        .isTrue();
    assertThat(rights.may(adapter, "patch", apiService, "", "v1.apps")).isFalse();

    kubectl.run("delete", "-f", file).orThrow();
    assertThat(rights.may(adapter, "patch", apiService, "", "v1beta1.external.metrics.k8s.io"))
        .isFalse();
  }

  @Test
  void services_selectPodsThatHaveTheirPorts() {
    assertThat(base.ofKind("Service"))
        .hasSize(3)
        .allSatisfy(service -> {
          var workloads = base.selectedBy(service.at("/spec/selector"));
          assertThat(workloads).hasSize(1);
          assertThat(Rendered.ports(workloads.getFirst()).keySet())
              .containsAll(service.at("/spec/ports").findValuesAsString("targetPort"));
        });
  }

  @Test
  void apiServices_nameAServiceAndItsPort() {
    assertThat(base.ofKind("APIService"))
        .extracting(Rendered::name)
        .containsExactlyInAnyOrder(
            "v1beta1.custom.metrics.k8s.io",
            "v1beta2.custom.metrics.k8s.io",
            "v1beta1.external.metrics.k8s.io",
            "v1alpha1.subresources.gpuscaling.io");
    assertThat(base.ofKind("APIService"))
        .allSatisfy(api -> {
          var service = base.named("Service", api.at("/spec/service/name").asString());
          assertThat(service.at("/spec/ports/0/port").asInt())
              .isEqualTo(api.at("/spec/service/port").asInt());
          assertThat(api.at("/spec/insecureSkipTLSVerify").asBoolean(false)).isFalse();
        });
  }

  @Test
  void flags_listenOnTheContainersPorts() {
    assertThat(Rendered.ports(daemonSet()))
        .containsEntry("http", port(Rendered.flag(daemonSet(), "--listen")))
        .containsEntry("leases", port(Rendered.flag(daemonSet(), "--lease-listen")))
        .containsEntry("leases-http", port(Rendered.flag(daemonSet(), "--lease-http-listen")))
        .hasSize(3);
    assertThat(Rendered.ports(reader()))
        .containsEntry("http", port(Rendered.flag(reader(), "--listen")))
        .hasSize(1);
    assertThat(Rendered.ports(adapter()))
        .containsEntry("grpc", port(Rendered.flag(adapter(), "--grpc-listen")))
        .containsEntry("https", 6443)
        .hasSize(2);
    assertThat(config("metrics-adapter")).contains("securePort: 6443");
  }

  @Test
  void exporters_streamToTheHeadlessServiceWithItsTokenAndAuthority() {
    assertThat(List.of(daemonSet(), reader()))
        .allSatisfy(workload -> {
          var address = Rendered.flag(workload, "--adapter").split(":", -1);
          var service = base.named("Service", address[0].replace(".gpuscaling.svc", ""));
          assertThat(service.at("/spec/clusterIP").asString()).isEqualTo("None");
          assertThat(service.at("/spec/ports/0/port").asInt())
              .isEqualTo(Integer.parseInt(address[1]));
          assertThat(volume(workload, "ingest-token").at("/projected/sources/0"))
              .hasToString(
                  "{\"serviceAccountToken\":{\"audience\":\"gpuscaling-ingest\","
                      + "\"expirationSeconds\":3600,\"path\":\"token\"}}");
          assertThat(volume(workload, "adapter-ca").at("/projected/sources"))
              .hasToString(
                  "[{\"secret\":{\"items\":[{\"key\":\"ca.crt\",\"path\":\"ca.crt\"}],"
                      + "\"name\":\"metrics-adapter-tls\"}}]");
        });
  }

  @Test
  void workloads_referToThingsThatExistAndMountWhatTheirFlagsName() {
    for (JsonNode workload : base.workloads()) {
      var pod = Rendered.podSpec(workload);
      base.named("ServiceAccount", pod.path("serviceAccountName").asString());
      var mounts =
          Rendered.container(workload)
              .path("volumeMounts")
              .valueStream()
              .collect(
                  Collectors.toMap(
                      mount -> mount.path("name").asString(),
                      mount -> mount.path("mountPath").asString()));
      assertThat(mounts.keySet())
          .isEqualTo(
              pod.path("volumes")
                  .valueStream()
                  .map(volume -> volume.path("name").asString())
                  .collect(Collectors.toSet()));
      for (JsonNode volume : pod.path("volumes")) {
        if (volume.has("configMap")) {
          base.named("ConfigMap", volume.at("/configMap/name").asString());
        }
        if (volume.has("secret")) {
          assertThat(SECRETS).contains(volume.at("/secret/secretName").asString());
        }
      }
      Rendered.container(workload)
          .path("args")
          .valueStream()
          .map(argument -> argument.asString().replaceFirst("^[^=]*=", ""))
          .filter(value -> value.startsWith("/"))
          .forEach(
              file -> assertThat(mounts).containsValue(String.valueOf(Path.of(file).getParent())));
    }
  }

  @Test
  void workloads_areUnprivilegedAndProbeTheirOwnPorts() {
    for (JsonNode workload : base.workloads()) {
      var container = Rendered.container(workload);
      assertThat(container.at("/securityContext/readOnlyRootFilesystem").asBoolean()).isTrue();
      assertThat(container.at("/resources/limits").has("cpu")).isFalse();
      assertThat(container.at("/resources/limits").has("memory")).isTrue();
      for (String probe : List.of("livenessProbe", "readinessProbe")) {
        assertThat(Rendered.ports(workload))
            .containsKey(container.path(probe).at("/httpGet/port").asString());
      }
    }
  }

  @Test
  void images_areTwoAndOfOneVersion() {
    Set<String> images =
        base.workloads().stream()
            .map(workload -> Rendered.container(workload).path("image").asString())
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(images).hasSize(2);
    assertThat(images).allMatch(image -> image.endsWith(":0.1.0"));
    assertThat(Rendered.container(daemonSet()).path("image"))
        .isEqualTo(Rendered.container(reader()).path("image"));
  }

  @Test
  void networkPolicies_adapterIsOpenToAllOnItsSecurePortOnly() {
    var rules = base.named("NetworkPolicy", "metrics-adapter").at("/spec/ingress");
    assertThat(rules.valueStream().filter(rule -> !rule.has("from")))
        .extracting(rule -> rule.at("/ports/0/port").asString())
        .containsExactly("https");
    var closed =
        base.ofKind("NetworkPolicy").stream()
            .filter(policy -> !Rendered.name(policy).equals("metrics-adapter"))
            .flatMap(policy -> policy.at("/spec/ingress").valueStream())
            .toList();
    assertThat(closed).hasSize(2).allMatch(rule -> rule.has("from"));
    assertThat(base.named("NetworkPolicy", "deny-by-default").at("/spec/podSelector")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "metrics-adapter, create, tokenreviews.authentication.k8s.io, true",
    "metrics-adapter, create, subjectaccessreviews.authorization.k8s.io, true",
    "metrics-adapter, watch, pods, true",
    "metrics-adapter, list, nodes, true",
    "metrics-adapter, list, replicasets.apps, true",
    "metrics-adapter, get, secrets, false",
    "metrics-adapter, create, events.events.k8s.io, true",
    "metrics-adapter, patch, apiservices.apiregistration.k8s.io, false",
    "metrics-adapter, update, deployments.apps, false",
    "metrics-adapter, list, configmaps, false",
    "metrics-adapter, list, some_metric.external.metrics.k8s.io, false",
    "exporter, create, tokenreviews.authentication.k8s.io, true",
    "exporter, create, subjectaccessreviews.authorization.k8s.io, false",
    "exporter, list, pods, true",
    "exporter, get, pods, false",
    "exporter, watch, pods, false",
    "exporter, get, secrets, false",
    "queue-reader, create, tokenreviews.authentication.k8s.io, false",
    "queue-reader, list, pods, false",
    "queue-reader, list, leases.coordination.k8s.io, false",
    "queue-reader, create, leases.coordination.k8s.io, false",
    "queue-reader, get, leases.coordination.k8s.io/queue-reader-default, true",
    "queue-reader, patch, leases.coordination.k8s.io/queue-reader-default, true",
    "queue-reader, patch, leases.coordination.k8s.io/other, false",
  })
  void rights_areWhatTheProgramNeedsAndNoMore(
      String account, String verb, String resource, boolean allowed) {
    var parts = (resource + "/").split("/", 3);
    assertThat(rights.may("gpuscaling:" + account, verb, parts[0], "gpuscaling", parts[1]))
        .isEqualTo(allowed);
  }

  @Test
  void rights_ofTheAdapterInKubeSystem_areOneConfigMap() {
    var adapter = "gpuscaling:metrics-adapter";
    var authentication = "extension-apiserver-authentication";

    assertThat(rights.may(adapter, "watch", "configmaps", "kube-system", authentication)).isTrue();
    assertThat(rights.may(adapter, "get", "configmaps", "kube-system", "other")).isFalse();
  }

  @Test
  void rights_ofTheHpaController_readMetricsInEveryNamespace() {
    var hpa = "kube-system:horizontal-pod-autoscaler";

    assertThat(rights.may(hpa, "list", "some_metric.external.metrics.k8s.io", "default")).isTrue();
    assertThat(rights.may(hpa, "delete", "some_metric.external.metrics.k8s.io", "default"))
        .isFalse();
  }

  @Test
  void hpaExamples_haveTheBusyFloorAndAnExistingTarget() {
    assertThat(examples.ofKind("HorizontalPodAutoscaler"))
        .hasSize(2)
        .allSatisfy(hpa -> {
          var target = hpa.at("/spec/scaleTargetRef/name").asString();
          examples.named("Deployment", target);
          assertThat(hpa.at("/spec/metrics").valueStream())
              .filteredOn(metric ->
                  metric.at("/external/metric/name").asString().equals("gpu_workers_busy"))
              .singleElement()
              .satisfies(floor -> {
                assertThat(floor.at("/external/target/averageValue").asString()).isEqualTo("1");
                assertThat(floor.at("/external/metric/selector/matchLabels/workload").asString())
                    .isEqualTo(target);
              });
        });
  }

  @Test
  void readme_namesEverySecretAndNamespaceLabel() throws Exception {
    var readme = Files.readString(MANIFESTS.resolve("README.md"));

    assertThat(readme).contains(SECRETS);
    assertThat(readme).contains("gpuscaling.io/workers", "gpuscaling.io/monitoring");
  }

  private Rendered render(String folder) {
    return Rendered.parse(kubectl.run("kustomize", MANIFESTS.resolve(folder).toString()).orThrow());
  }

  private Command.Result apply(Rendered rendered) {
    return kubectl.runWithInput(rendered.yaml(), "apply", "--server-side", "-f", "-");
  }

  private JsonNode daemonSet() {
    return base.named("DaemonSet", "exporter");
  }

  private JsonNode reader() {
    return base.named("Deployment", "queue-reader");
  }

  private JsonNode adapter() {
    return base.named("Deployment", "metrics-adapter");
  }

  private String config(String name) {
    return base.named("ConfigMap", name).at("/data/config.yaml").asString();
  }

  private static JsonNode volume(JsonNode workload, String name) {
    return Rendered.podSpec(workload)
        .path("volumes")
        .valueStream()
        .filter(volume -> volume.path("name").asString().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no volume " + name));
  }

  private static int port(String address) {
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
  }
}
