package io.gpuscaling.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.junit.ControlPlaneExtension;
import io.gpuscaling.testkit.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kubectl gpuscaling} by the real kubectl on a real control plane where every adapter is
 * dead: what needs none works.
 */
@Timeout(240)
@ExtendWith(ControlPlaneExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KubectlPluginIT {

  private static final String NAMESPACE = "plugin-it";
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Duration DEADLINE = Duration.ofSeconds(90);

  private final ControlPlane plane;

  KubectlPluginIT(ControlPlane plane) {
    this.plane = plane;
  }

  @BeforeAll
  void apply() {
    plane
        .kubectl()
        .run("apply", "--server-side", "-k", ROOT.resolve("manifests").resolve("crds").toString())
        .orThrow();
    plane
        .kubectl()
        .run("wait", "--for=condition=Established", "--timeout=60s", "crd", "--all")
        .orThrow();
    plane.kubectl().run("create", "namespace", NAMESPACE).orThrow();
  }

  private void policy(String name) {
    plane
        .kubectl()
        .apply(
            """
            apiVersion: gpuscaling.io/v1alpha1
            kind: ScalingPolicy
            metadata: {name: %1$s, namespace: %2$s}
            spec:
              scaleTargetRef: {kind: Deployment, name: %1$s}
              minReplicas: 1
              maxReplicas: 9
              rules:
                - name: queue
                  metric: {name: rabbitmq_queue_messages_ready}
                  scaleUp: {threshold: 100}
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: %1$s, namespace: %2$s}
            spec:
              replicas: 2
              selector: {matchLabels: {app: %1$s}}
              template:
                metadata: {labels: {app: %1$s}}
                spec: {containers: [{name: worker, image: none}]}
            """
                .formatted(name, NAMESPACE));
  }

  private Command.Result plugin(Path bin, String... arguments) {
    List<String> words = new ArrayList<>(List.of("gpuscaling"));
    words.addAll(List.of(arguments));
    words.add("--namespace=" + NAMESPACE);
    return kubectl(bin, words);
  }

  /** The real kubectl, which finds plug-ins in that folder. */
  private Command.Result kubectl(Path bin, List<String> words) {
    Path tools = plane.tools().folder().toAbsolutePath();
    List<String> command = new ArrayList<>(List.of(tools.resolve("kubectl").toString()));
    command.addAll(words);
    Map<String, String> environment =
        Map.of(
            "PATH", bin + ":" + tools + ":/usr/bin:/bin",
            "KUBECONFIG", plane.adminKubeconfig().toString(),
            "HOME", plane.folder().resolve("home").toString());
    return Command.run(command, environment, "", DEADLINE);
  }

  private Command.Result run(String... arguments) {
    return plugin(ROOT.resolve("bin"), arguments);
  }

  private String field(String kind, String name, String path) {
    return plane
        .kubectl()
        .run("get", kind, name, "-n", NAMESPACE, "-o", "jsonpath=" + path)
        .orThrow();
  }

  private void status(String name) {
    plane
        .kubectl()
        .run(
            "patch",
            "scalingpolicy",
            name,
            "-n",
            NAMESPACE,
            "--subresource=status",
            "--type=merge",
            "-p",
            """
            {"status": {"state": "Steady", "currentReplicas": 2, "desiredReplicas": 2,
              "decision": {"time": "2026-11-25T03:12:00Z", "currentReplicas": 2,
                "desiredReplicas": 2, "action": "none", "phase": "Steady",
                "reason": "WithinBand", "message": "stays at 2: no rule asks for more",
                "minReplicas": 1, "maxReplicas": 9, "shadow": false, "rules": [],
                "gates": [{"gate": "rules", "verdict": "decided", "reason": "WithinBand",
                  "before": 2, "after": 2, "message": "rules: no rule asks for more"}]},
              "history": [{"time": "2026-11-25T03:12:00Z", "currentReplicas": 2,
                "desiredReplicas": 2, "phase": "Steady", "reason": "WithinBand",
                "message": "stays at 2: no rule asks for more"}]}}
            """)
        .orThrow();
  }

  @Test
  void listStatusAndExplain_tellWhatIsWritten_whenNoAdapterLives() {
    policy("told");
    assertThat(run("list").orThrow()).contains("POLICY", NAMESPACE + "/told");
    assertThat(run("status", "told").orThrow()).contains("state       not evaluated yet");
    status("told");

    assertThat(run("status", "told").orThrow())
        .contains("state       Steady: stays at 2: no rule asks for more");
    Command.Result explained = run("explain", "told");
    assertThat(explained.orThrow()).contains("stays at 2");
    assertThat(explained.stderr()).contains("no adapter explains");
    assertThat(run("explain", "told", "--since=90000h").orThrow())
        .contains("2026-11-25T03:12:00Z  Steady");
    assertThat(run("explain", "told", "--at=2026-11-25T03:13:00Z").orThrow())
        .contains("since       2026-11-25T03:12:00Z");
    assertThat(run("list", "-o", "json").orThrow()).contains("\"kind\": \"List\"");
    assertThat(run("status", "none").exitCode()).isNotZero();
  }

  @Test
  void withoutJava_sentencesAndTables_asKubectlHasThem(@TempDir Path alone) throws IOException {
    policy("plain");
    status("plain");
    Files.copy(ROOT.resolve("bin/kubectl-gpuscaling"), alone.resolve("kubectl-gpuscaling"));
    assertThat(alone.resolve("kubectl-gpuscaling").toFile().setExecutable(true)).isTrue();

    assertThat(plugin(alone, "list").orThrow()).contains("NAME", "plain");
    assertThat(plugin(alone, "status", "plain").orThrow())
        .contains(NAMESPACE + "/plain: Steady\n", "- rules: no rule asks for more\n");
    assertThat(plugin(alone, "explain", "plain").orThrow()).contains("stays at 2");
    assertThat(plugin(alone, "explain", "plain", "--since=12h").orThrow())
        .contains("2026-11-25T03:12:00Z Steady: stays at 2");
    assertThat(plugin(alone, "generate", "plain").stderr()).contains("needs a JDK");
  }

  @Test
  void orders_areAnnotationsOfWhoeverTypesThem() {
    policy("orders");
    run("pause", "orders").orThrow();
    assertThat(field("scalingpolicy", "orders", "{.metadata.annotations.gpuscaling\\.io/override}"))
        .isEqualTo("pause");
    run("override", "orders", "hold-up", "--until=2027-01-01T00:00:00Z").orThrow();
    assertThat(
            field(
                "scalingpolicy",
                "orders",
                "{.metadata.annotations.gpuscaling\\.io/override}"
                    + " {.metadata.annotations.gpuscaling\\.io/override-until}"))
        .isEqualTo("hold-up 2027-01-01T00:00:00Z");
    run("pause", "orders", "--at", "5").orThrow();
    assertThat(field("scalingpolicy", "orders", "{.metadata.annotations}"))
        .contains("pause-at=5")
        .doesNotContain("override-until");
    run("resume", "orders").orThrow();
    assertThat(field("scalingpolicy", "orders", "{.metadata.annotations}"))
        .contains("gpuscaling.io/resumed-at")
        .doesNotContain("override");

    plane
        .kubectl()
        .run(
            "create",
            "role",
            "plugin-viewer",
            "-n",
            NAMESPACE,
            "--verb=get,list",
            "--resource=scalingpolicies.gpuscaling.io")
        .orThrow();
    plane
        .kubectl()
        .run(
            "create",
            "rolebinding",
            "plugin-viewer",
            "-n",
            NAMESPACE,
            "--role=plugin-viewer",
            "--user=jane")
        .orThrow();
    assertThat(run("status", "orders", "--as=jane").exitCode()).isZero();
    Command.Result refused = run("pause", "orders", "--as=jane");
    assertThat(refused.exitCode()).isNotZero();
    assertThat(refused.stderr()).contains("Forbidden");
  }

  @Test
  void freeze_keepsTheReplicasByTheHpaAlone_andUnfreezeRestores() {
    policy("frozen");
    String hpa = run("generate", "frozen", "--cpu-safety=70").orThrow();
    assertThat(hpa).contains("scaling_policy_desired_replicas", "averageUtilization: 70");
    plane.kubectl().apply(hpa);

    run("freeze", "frozen", "--replicas=4").orThrow();
    assertThat(field("hpa", "frozen", "{.spec.minReplicas} {.spec.maxReplicas}")).isEqualTo("4 4");
    // The controller raises to the bounds without asking for a metric.
    var _ =
        plane
            .api()
            .await(
                "/apis/apps/v1/namespaces/" + NAMESPACE + "/deployments/frozen",
                DEADLINE,
                answer -> answer.body().at("/spec/replicas").asInt(0) == 4);
    assertThat(run("freeze", "frozen").stderr()).contains("is frozen already");
    assertThat(run("explain", "hpa/frozen").orThrow())
        .contains("frozen      by hand; its bounds were 1 to 9", "2. Resource cpu", "missing");

    run("unfreeze", "frozen").orThrow();
    assertThat(field("hpa", "frozen", "{.spec.minReplicas} {.spec.maxReplicas}")).isEqualTo("1 9");
    assertThat(field("hpa", "frozen", "{.metadata.annotations}")).doesNotContain("frozen-bounds");
    assertThat(run("unfreeze", "frozen").exitCode()).isEqualTo(1);
    run("freeze", "frozen").orThrow();
    assertThat(field("hpa", "frozen", "{.spec.minReplicas}")).isEqualTo("4");
  }

  @Test
  void top_withoutAdapter_saysWhatIsMissing() {
    policy("topped");
    assertThat(run("top").orThrow()).contains("- gpu_count: ", "POLICY", NAMESPACE + "/topped");
  }

  @Test
  void tabKey_completesVerbsOptionsAndNames() {
    policy("tabbed");
    assertThat(completed("ex")).containsExactly("explain");
    assertThat(completed("explain", "tab")).contains("tabbed");
    assertThat(completed("freeze", "tab")).doesNotContain("tabbed");
    assertThat(completed("override", "tabbed", "hold"))
        .containsExactlyInAnyOrder("hold-up", "hold-down");
    assertThat(completed("explain", "tabbed", "--si")).containsExactly("--since");
  }

  /** What kubectl itself would offer. */
  private List<String> completed(String... typed) {
    List<String> words =
        new ArrayList<>(List.of("__complete", "gpuscaling", "--namespace=" + NAMESPACE));
    words.addAll(List.of(typed));
    return kubectl(ROOT.resolve("bin"), words)
        .orThrow()
        .lines()
        .filter(line -> !line.startsWith(":"))
        .toList();
  }

  @Test
  void whatIsTypedWrong_exitsWith2_andAsksNobody() {
    assertThat(run("bounce").exitCode()).isEqualTo(2);
    assertThat(run("status").stderr()).contains("needs a name");
    assertThat(run("status", "--", "-rf").exitCode()).isEqualTo(2);
    assertThat(run("status", "a;b").stderr()).contains("has a character that cannot be there");
    assertThat(run("override", "a", "stop").stderr()).contains("must be pause");
    assertThat(run("override", "a", "pause", "--until=tomorrow").exitCode()).isEqualTo(2);
    assertThat(run("list", "-o", "xml").exitCode()).isEqualTo(2);
    assertThat(run("--help").orThrow()).contains("kubectl gpuscaling explain NAME");
  }
}
