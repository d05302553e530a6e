package io.gpuscaling.testkit.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.process.Command;
import io.gpuscaling.testkit.process.ScratchFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * The components on the base, on a real API server: every object is accepted, and so are the pods
 * that the controllers would make of them, in the namespace as it is shipped. On a control plane of
 * its own, since a namespace takes its time to go.
 */
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ComponentsIT {

  private static final Path FOLDER = Path.of("target", "components");

  private final ControlPlane plane;

  ComponentsIT() {
    plane = ControlPlane.start(ScratchFolder.empty(FOLDER).resolve("control-plane"));
  }

  @BeforeAll
  void applyBase() {
    plane.kubectl().run("apply", "--server-side", "-k", manifests("base")).orThrow();
    // NVIDIA's container toolkit brings it along.
    plane
        .kubectl()
        .apply(
            """
            apiVersion: node.k8s.io/v1
            kind: RuntimeClass
            metadata: {name: nvidia}
            handler: nvidia
            """);
  }

  @AfterAll
  void stop() {
    plane.close();
  }

  private static String manifests(String... path) {
    return Path.of(
            "..", Stream.concat(Stream.of("manifests"), Stream.of(path)).toArray(String[]::new))
        .toString();
  }

  /** What a person gets who adds components to the base. */
  private Rendered withComponents(String... components) throws IOException {
    Path folder = Files.createDirectories(FOLDER.resolve(String.join("-", components)));
    Files.writeString(
        folder.resolve("kustomization.yaml"),
        """
        apiVersion: kustomize.config.k8s.io/v1beta1
        kind: Kustomization
        resources: [../../../../manifests/base]
        components: [%s]
        """
            .formatted(
                Stream.of(components)
                    .map(name -> "../../../../manifests/components/" + name)
                    .collect(Collectors.joining(", "))));
    return Rendered.parse(plane.kubectl().run("kustomize", folder.toString()).orThrow());
  }

  private Command.Result dryRun(String yaml) {
    return plane
        .kubectl()
        .runWithInput(yaml, "apply", "--server-side", "--dry-run=server", "-f", "-");
  }

  /** Makes a pod as the DaemonSet's controller does; nothing is kept. */
  private Command.Result pod(Rendered rendered, String runtimeClass) {
    JsonNode template = rendered.named("DaemonSet", "exporter").at("/spec/template");
    String pod =
        """
        {"apiVersion": "v1", "kind": "Pod",
         "metadata": {"name": "exporter-test", "namespace": "gpuscaling", "labels": %s},
         "spec": %s}
        """
            .formatted(template.at("/metadata/labels"), template.path("spec"))
            .replace("\"runtimeClassName\":\"nvidia\"", runtimeClass);
    return plane.kubectl().runWithInput(pod, "create", "--dry-run=server", "-o=json", "-f", "-");
  }

  private Command.Result pod(Rendered rendered) {
    return pod(rendered, "\"runtimeClassName\":\"nvidia\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nvml",
        "pod-resources",
        "orchestrators",
        "deletion-costs",
        "autoscalers",
        "take-over"
      })
  void componentOnTheBase_everyObject_isAcceptedWithoutWarning(String component) throws Exception {
    Rendered rendered = withComponents(component);
    namespaceOf(rendered);

    Command.Result result = dryRun(rendered.yaml());

    assertThat(result.stderr()).isEmpty();
    assertThat(result.orThrow().lines()).hasSameSizeAs(rendered.objects());
  }

  /** The level of a namespace counts for pods that are made afterwards, not for a dry run. */
  private void namespaceOf(Rendered rendered) {
    plane
        .kubectl()
        .runWithInput(
            rendered.named("Namespace", "gpuscaling").toString(),
            "apply",
            "--server-side",
            "-f",
            "-")
        .orThrow();
  }

  @Test
  void nvml_podIsAdmittedToTheRestrictedNamespace_andReservesNoGpu() throws Exception {
    Rendered rendered = withComponents("nvml");
    namespaceOf(rendered);
    assertThat(
            rendered
                .named("Namespace", "gpuscaling")
                .at("/metadata/labels/pod-security.kubernetes.io~1enforce")
                .asString())
        .isEqualTo("restricted");

    Command.Result result = pod(rendered);

    assertThat(result.stderr()).isEmpty();
    JsonNode admitted = Rendered.parse(result.orThrow()).objects().getFirst();
    assertThat(admitted.at("/spec/runtimeClassName").asString()).isEqualTo("nvidia");
    JsonNode container = admitted.at("/spec/containers/0");
    assertThat(container.path("args").toString()).contains("--nvml-mode=auto");
    assertThat(container.path("env").toString())
        .contains(
            "{\"name\":\"NVIDIA_VISIBLE_DEVICES\",\"value\":\"all\"}",
            "{\"name\":\"NVIDIA_DRIVER_CAPABILITIES\",\"value\":\"utility\"}");
    assertThat(container.path("resources").toString()).doesNotContain("nvidia.com");
    assertThat(container.at("/securityContext/capabilities/drop/0").asString()).isEqualTo("ALL");
    assertThat(container.at("/securityContext/readOnlyRootFilesystem").asBoolean()).isTrue();
    assertThat(admitted.at("/spec/securityContext/runAsNonRoot").asBoolean()).isTrue();
    assertThat(admitted.at("/spec/volumes").toString()).doesNotContain("hostPath");
  }

  @Test
  void nvml_withoutTheRuntimeClass_isRefusedByItsName() throws Exception {
    Rendered rendered = withComponents("nvml");
    namespaceOf(rendered);

    Command.Result result = pod(rendered, "\"runtimeClassName\":\"nvidia-missing\"");

    assertThat(result.isSuccess()).isFalse();
    assertThat(result.stderr()).contains("nvidia-missing", "not found");
  }

  @Test
  void podResources_podIsAdmitted_sinceItsNamespaceAllowsThatOneDirectory() throws Exception {
    Rendered rendered = withComponents("pod-resources", "nvml");
    namespaceOf(rendered);

    Command.Result result = pod(rendered);

    assertThat(result.stderr()).isEmpty();
    JsonNode admitted = Rendered.parse(result.orThrow()).objects().getFirst();
    JsonNode container = admitted.at("/spec/containers/0");
    assertThat(container.path("args").toString())
        .contains("--nvml-mode=auto", "--pod-resources-socket=");
    assertThat(container.at("/securityContext/capabilities/drop/0").asString()).isEqualTo("ALL");
    assertThat(container.at("/securityContext/allowPrivilegeEscalation").asBoolean(true)).isFalse();
    List<JsonNode> fromTheNode =
        admitted.at("/spec/volumes").valueStream().filter(it -> it.has("hostPath")).toList();
    assertThat(fromTheNode)
        .singleElement()
        .satisfies(it ->
            assertThat(it.at("/hostPath/path").asString())
                .isEqualTo("/var/lib/kubelet/pod-resources"));
    assertThat(container.path("volumeMounts").valueStream())
        .filteredOn(mount -> mount.path("name").asString().equals("pod-resources"))
        .singleElement()
        .satisfies(mount -> assertThat(mount.path("readOnly").asBoolean()).isTrue());

    // The level is what admits it: that of the base does not.
    namespaceOf(withComponents("nvml"));
    assertThat(pod(rendered).stderr()).contains("violates PodSecurity", "hostPath");
  }
}
