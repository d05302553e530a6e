package io.gpuscaling.cli;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.gpuscaling.testkit.controlplane.ClusterObjects;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.controlplane.GpuPod;
import io.gpuscaling.testkit.controlplane.KubernetesApi;
import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.CertificateSpec;
import io.gpuscaling.testkit.pki.ClientTls;
import io.gpuscaling.testkit.pki.IssuedCertificate;
import io.gpuscaling.testkit.pki.SubjectName;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;

/** What is put into a control plane so that it has every fault that the doctor knows, at once. */
final class SickCluster implements AutoCloseable {

  static final String OURS = "sick-gpuscaling";

  private static final Path MANIFESTS = Path.of("..", "manifests");
  private static final Duration WAIT = Duration.ofSeconds(60);
  private static final String WORK = "sick-work";
  private static final String PROBE_POLICY = "sick-probe";

  private final ControlPlane plane;
  private final KubernetesApi api;
  private final ClusterObjects objects;
  private final List<String> toDelete = new ArrayList<>();
  private final HttpsServer server;

  SickCluster(ControlPlane plane) throws IOException {
    this.plane = plane;
    this.api = plane.api();
    this.objects = plane.objects();
    this.server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
  }

  /** Puts all its faults into it, and waits until the control plane sees them. */
  void makeItSick() {
    plane
        .kubectl()
        .run("apply", "--server-side", "-k", MANIFESTS.resolve("crds").toString())
        .orThrow();
    api.await(
        "/apis/gpuscaling.io/v1alpha1/scalingpolicies", WAIT, KubernetesApi.Answer::isSuccess);
    objects.namespace(OURS);
    objects.namespace(WORK);
    serveWithAnotherName();
    secrets();
    configuration();
    nodes();
    workloads();
    policies();
    hpas();
    admission();
  }

  @Override
  public void close() {
    server.stop(0);
    toDelete.reversed().forEach(api::delete);
  }

  /** A server whose certificate is another's, behind the APIService of the external metrics. */
  private void serveWithAnotherName() {
    CertificateAuthority authority =
        CertificateAuthority.create("doctor-ca", InstantSource.system());
    IssuedCertificate wrong = authority.issueServer("wrong", new SubjectName.Dns("localhost"));
    server.setHttpsConfigurator(new HttpsConfigurator(ClientTls.trusting(authority, wrong)));
    server.start();
    int port = server.getAddress().getPort();
    objects.loopbackService(OURS, "metrics-adapter", port);
    objects.loopbackService(OURS, "prometheus-adapter", port);
    apiService("custom.metrics.k8s.io", "v1beta2", "prometheus-adapter", port, authority);
    apiService("external.metrics.k8s.io", "v1beta1", "metrics-adapter", port, authority);
    api.await(
        "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io",
        WAIT,
        it -> it.text().contains("x509"));
  }

  private void apiService(
      String group, String version, String service, int port, CertificateAuthority authority) {
    objects.apiService(group, version, OURS, service, port, authority.certificatePem());
    toDelete.add("/apis/apiregistration.k8s.io/v1/apiservices/" + version + "." + group);
  }

  /** One that ended yesterday, and one of another authority than the APIServices trust. */
  private void secrets() {
    Instant now = InstantSource.system().instant();
    CertificateAuthority other = CertificateAuthority.create("other-ca", InstantSource.system());
    var name = new SubjectName.Dns("metrics-adapter." + OURS + ".svc");
    secret("metrics-adapter-tls", other.issueServer("adapter", name));
    secret(
        "exporter-lease-tls",
        other.issue(
            CertificateSpec.server("exporter", now, name)
                .withValidity(now.minus(Duration.ofDays(9)), now.minus(Duration.ofDays(1)))));
  }

  private void secret(String name, IssuedCertificate certificate) {
    api.apply(
        "/api/v1/namespaces/%s/secrets/%s".formatted(OURS, name),
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: %s, namespace: %s}
        data: {tls.crt: %s, tls.key: ""}
        """
            .formatted(
                name,
                OURS,
                Base64.getEncoder()
                    .encodeToString(
                        certificate.certificatePem().getBytes(StandardCharsets.US_ASCII))));
  }

  private void configuration() {
    config("metrics-adapter", "grants: [{namespaces: [elsewhere], queues: [{queue: 'n8n.*'}]}]");
    config("exporter", "dcgm: { url: auto }");
    api.apply(
        "/apis/coordination.k8s.io/v1/namespaces/%s/leases/metrics-adapter-policies"
            .formatted(OURS),
        """
        apiVersion: coordination.k8s.io/v1
        kind: Lease
        metadata: {name: metrics-adapter-policies, namespace: %s}
        spec: {holderIdentity: adapter-1, leaseDurationSeconds: 15, renewTime: "2026-01-01T00:00:00.000000Z"}
        """
            .formatted(OURS));
  }

  private void config(String name, String yaml) {
    api.apply(
        "/api/v1/namespaces/%s/configmaps/%s".formatted(OURS, name),
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: %s, namespace: %s}
        data:
          config.yaml: |
            %s
        """
            .formatted(name, OURS, yaml));
  }

  /** Two GPU nodes, of which one has an exporter and the other a clock of tomorrow. */
  private void nodes() {
    for (String node : List.of("sick-covered", "sick-bare")) {
      objects.gpuNode(node, 4);
      toDelete.add("/api/v1/nodes/" + node);
    }
    GpuPod exporter =
        GpuPod.onNode(OURS, "exporter-1", "sick-covered")
            .withLabels(Map.of("app.kubernetes.io/name", "exporter"));
    GpuPod dcgm =
        GpuPod.onNode(WORK, "dcgm-1", "sick-covered")
            .withLabels(Map.of("app", "nvidia-dcgm-exporter"));
    objects.pod(exporter);
    objects.pod(dcgm);
    awaitReady(OURS, "exporter-1");
    awaitReady(WORK, "dcgm-1");
    api.apply(
        "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/sick-clock",
        """
        apiVersion: coordination.k8s.io/v1
        kind: Lease
        metadata: {name: sick-clock, namespace: kube-node-lease}
        spec: {holderIdentity: sick-clock, renewTime: "%s"}
        """
            .formatted(
                InstantSource.system()
                        .instant()
                        .plus(Duration.ofHours(1))
                        .toString()
                        .substring(0, 19)
                    + ".000000Z"));
    toDelete.add("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/sick-clock");
  }

  private void awaitReady(String namespace, String pod) {
    api.await(
        "/api/v1/namespaces/" + namespace + "/pods/" + pod,
        WAIT,
        it -> ClusterObjects.hasCondition(it.body(), "Ready"));
  }

  private void workloads() {
    for (String name : List.of("stranded", "shared", "nobody", "plain")) {
      api.apply(
          "/apis/apps/v1/namespaces/%s/deployments/%s".formatted(WORK, name),
          """
          apiVersion: apps/v1
          kind: Deployment
          metadata: {name: %1$s, namespace: %2$s}
          spec:
            replicas: 0
            selector: {matchLabels: {app: %1$s}}
            template:
              metadata: {labels: {app: %1$s}}
              spec: {containers: [{name: main, image: none}]}
          """
              .formatted(name, WORK));
    }
  }

  private void policies() {
    for (String name : List.of("shared", "nobody", "plain")) {
      api.apply(
          "/apis/gpuscaling.io/v1alpha1/namespaces/%s/scalingpolicies/%s".formatted(WORK, name),
          """
          apiVersion: gpuscaling.io/v1alpha1
          kind: ScalingPolicy
          metadata: {name: %1$s, namespace: %2$s}
          spec:
            scaleTargetRef: {kind: Deployment, name: %1$s}
            minReplicas: 0
            maxReplicas: 50
            rules:
              - name: queue
                metric: {name: rabbitmq_queue_messages_ready, selector: {matchLabels: {queue: n8n.jobs}}}
                scaleUp: {threshold: 100}
                scaleDown: {threshold: 10}
              - name: p95
                metric: {name: p95_seconds, query: no-such-query}
                scaleUp: {threshold: 3}
          """
              .formatted(name, WORK));
    }
    toDelete.add("/apis/gpuscaling.io/v1alpha1/namespaces/%s/scalingpolicies".formatted(WORK));
  }

  private void hpas() {
    hpa("stranded", "stranded");
    hpa("shared-1", "shared");
    hpa("shared-2", "shared");
    hpa("plain", "plain");
    toDelete.add("/apis/autoscaling/v2/namespaces/%s/horizontalpodautoscalers".formatted(WORK));
  }

  private void hpa(String name, String target) {
    api.apply(
        "/apis/autoscaling/v2/namespaces/%s/horizontalpodautoscalers/%s".formatted(WORK, name),
        """
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata: {name: %s, namespace: %s}
        spec:
          scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: %s}
          minReplicas: 1
          maxReplicas: 5
          metrics:
            - type: External
              external: {metric: {name: rabbitmq_queue_messages_ready}, target: {type: Value, value: "5"}}
        """
            .formatted(name, WORK, target));
  }

  /** What an older Kubernetes does to the doctor's own dry run, by the cluster's own means. */
  private void admission() {
    String match =
        """
        matchConstraints:
            resourceRules:
              - apiGroups: [autoscaling]
                apiVersions: [v2]
                operations: [CREATE]
                resources: [horizontalpodautoscalers]
          matchConditions:
            - {name: probe, expression: "object.metadata.name == 'gpuscaling-doctor-probe'"}
        """
            .strip();
    admission(
        "validatingadmissionpolicies",
        "ValidatingAdmissionPolicy",
        match
            + "\n  validations:\n"
            + "    - {expression: object.spec.minReplicas > 0, message: spec.minReplicas is 0}");
    admission(
        "mutatingadmissionpolicies",
        "MutatingAdmissionPolicy",
        match
            + "\n  reinvocationPolicy: Never\n  mutations:\n    - patchType: JSONPatch\n"
            + "      jsonPatch: {expression: \"[JSONPatch{op: 'remove', path:"
            + " '/spec/behavior/scaleUp/tolerance'}]\"}");
    String probes = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers?dryRun=All";
    String able = PROBE.replace("\"minReplicas\": 0", "\"minReplicas\": 1");
    Awaitility.await()
        .atMost(WAIT)
        .until(() -> api.post(probes, PROBE).text().contains("spec.minReplicas is 0"));
    Awaitility.await()
        .atMost(WAIT)
        .until(() -> !api.post(probes, able).body().at("/spec/behavior/scaleUp").has("tolerance"));
  }

  private static final String PROBE =
      """
      {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
       "metadata": {"name": "gpuscaling-doctor-probe", "namespace": "default"},
       "spec": {"minReplicas": 0, "maxReplicas": 2,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a"},
        "behavior": {"scaleUp": {"tolerance": "0"}, "scaleDown": {"tolerance": "0"}},
        "metrics": [{"type": "External", "external": {"metric": {"name": "probe"},
         "target": {"type": "AverageValue", "averageValue": "1"}}}]}}
      """;

  private void admission(String plural, String kind, String spec) {
    String group = "/apis/admissionregistration.k8s.io/v1/";
    api.apply(
        group + plural + "/" + PROBE_POLICY,
        """
        apiVersion: admissionregistration.k8s.io/v1
        kind: %s
        metadata: {name: %s}
        spec:
          failurePolicy: Fail
          %s
        """
            .formatted(kind, PROBE_POLICY, spec));
    toDelete.add(group + plural + "/" + PROBE_POLICY);
    String bindings = plural.replace("policies", "policybindings");
    api.apply(
        group + bindings + "/" + PROBE_POLICY,
        """
        apiVersion: admissionregistration.k8s.io/v1
        kind: %sBinding
        metadata: {name: %s}
        spec: {policyName: %s%s}
        """
            .formatted(
                kind,
                PROBE_POLICY,
                PROBE_POLICY,
                kind.startsWith("V") ? ", validationActions: [Deny]" : ""));
    toDelete.add(group + bindings + "/" + PROBE_POLICY);
  }
}
