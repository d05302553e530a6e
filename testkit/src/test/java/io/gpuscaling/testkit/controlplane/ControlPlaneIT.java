package io.gpuscaling.testkit.controlplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gpuscaling.testkit.junit.ControlPlaneExtension;
import io.gpuscaling.testkit.pki.ClientTls;
import io.gpuscaling.testkit.pki.SubjectName;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

@Timeout(120)
@ExtendWith(ControlPlaneExtension.class)
class ControlPlaneIT {

  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final String NAMESPACE = "control-plane-it";

  private final ControlPlane plane;

  ControlPlaneIT(ControlPlane plane) {
    this.plane = plane;
  }

  @BeforeAll
  static void createNamespaceAndNode(ControlPlane plane, TestInfo test) {
    assertThat(test.getTestClass()).contains(ControlPlaneIT.class);
    plane.objects().namespace(NAMESPACE);
    plane.objects().gpuNode("cp-node-1", 8);
  }

  @Test
  void gpuNode_withKwok_isReadyAndKeepsItsGpus() {
    var node =
        plane
            .api()
            .await(
                "/api/v1/nodes/cp-node-1",
                DEADLINE,
                answer -> ClusterObjects.hasCondition(answer.body(), "Ready"))
            .body();

    assertThat(node.at("/status/allocatable").path("nvidia.com/gpu").asString()).isEqualTo("8");
  }

  @Test
  void deployment_onANode_getsReadyPods() {
    plane
        .kubectl()
        .apply(
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web, namespace: control-plane-it}
            spec:
              replicas: 3
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec:
                  nodeName: cp-node-1
                  containers: [{name: main, image: none}]
            """);

    var deployment =
        plane
            .api()
            .await(
                "/apis/apps/v1/namespaces/control-plane-it/deployments/web",
                DEADLINE,
                answer -> answer.body().at("/status/readyReplicas").asInt(0) == 3)
            .body();

    assertThat(deployment.at("/status/replicas").asInt()).isEqualTo(3);
  }

  @Test
  void podToken_reviewed_namesPodAndNode() {
    plane.objects().serviceAccount(NAMESPACE, "reader");
    var pod =
        GpuPod.onNode(NAMESPACE, "bound", "cp-node-1")
            .withServiceAccount("reader")
            .withGpus(2)
            .withLabels(Map.of("app", "bound"));
    plane.objects().pod(pod);
    plane.objects().awaitReady(pod);

    var status = review(plane.objects().podToken(pod, "some-audience"), "some-audience");

    assertThat(status.path("authenticated").asBoolean()).isTrue();
    assertThat(status.at("/user/username").asString())
        .isEqualTo("system:serviceaccount:control-plane-it:reader");
    assertThat(status.at("/audiences/0").asString()).isEqualTo("some-audience");
    var extra = status.at("/user/extra");
    assertThat(extra.at("/authentication.kubernetes.io~1node-name/0").asString())
        .isEqualTo("cp-node-1");
    assertThat(extra.at("/authentication.kubernetes.io~1pod-name/0").asString()).isEqualTo("bound");
  }

  @Test
  void podToken_otherAudience_isRefused() {
    var pod = GpuPod.onNode(NAMESPACE, "other-audience", "cp-node-1");
    plane.objects().pod(pod);

    var status = review(plane.objects().podToken(pod, "theirs"), "ours");

    assertThat(status.path("authenticated").asBoolean(false)).isFalse();
  }

  @Test
  void token_ofAnAccountWithoutRights_mayNotRead() {
    plane.objects().serviceAccount(NAMESPACE, "nobody");
    var token = plane.objects().token(NAMESPACE, "nobody");

    var answer = plane.apiAs(token).get("/api/v1/nodes");

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.body().path("reason").asString()).isEqualTo("Forbidden");
    assertThatThrownBy(answer::orThrow)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("403");
    var kubectl = plane.kubectl(plane.kubeconfigForToken("nobody", token));
    assertThat(kubectl.run("get", "nodes").stderr()).contains("forbidden");
    assertThat(kubectl.run("auth", "whoami").stdout()).contains("control-plane-it:nobody");
  }

  @Test
  void kubeconfigForUser_groups_areTheCertificates() {
    var kubectl = plane.kubectl(plane.kubeconfigForUser("jane", "jane", "system:masters"));

    assertThat(kubectl.run("auth", "whoami").orThrow()).contains("jane", "system:masters");
  }

  @Test
  void nodeDeleted_isGone() {
    plane.objects().gpuNode("cp-node-2", 1);

    plane.objects().deleteNode("cp-node-2");

    assertThat(
            plane
                .api()
                .await("/api/v1/nodes/cp-node-2", DEADLINE, answer -> answer.status() == 404)
                .isSuccess())
        .isFalse();
  }

  @Test
  void await_neverTrue_showsTheLastAnswer() {
    assertThatThrownBy(() ->
            plane.api().await("/api/v1/nodes/none", Duration.ofMillis(300), a -> a.isSuccess()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("404")
        .hasMessageContaining("\"none\"");
  }

  @Test
  void await_objectNeverAsWanted_showsItsStatusOnly() {
    assertThatThrownBy(() ->
            plane
                .api()
                .await("/api/v1/namespaces/" + NAMESPACE, Duration.ofMillis(200), answer -> false))
        .hasMessageEndingWith("HTTP 200: {\"phase\":\"Active\"}");
  }

  @Test
  void apiService_serverOnLoopback_isReachedThroughTheAggregatorAsFrontProxy() throws Exception {
    var certificate =
        plane.authority().issueServer("ext", new SubjectName.Dns("ext.control-plane-it.svc"));
    try (var server =
        FakeExtensionServer.start(ClientTls.trusting(plane.frontProxyAuthority(), certificate))) {
      plane.objects().loopbackService(NAMESPACE, "ext", server.port());
      plane
          .objects()
          .apiService(
              "test.example.com",
              "v1",
              NAMESPACE,
              "ext",
              server.port(),
              plane.authority().certificatePem());
      plane.objects().awaitAvailable("test.example.com", "v1");

      var answer = plane.api().get("/apis/test.example.com/v1/things");

      assertThat(answer.orThrow().path("user").asString()).isEqualTo("admin");
      assertThat(answer.body().path("client").asString())
          .isEqualTo("CN=" + ControlPlane.FRONT_PROXY_NAME);
    } finally {
      plane.api().delete("/apis/apiregistration.k8s.io/v1/apiservices/v1.test.example.com");
    }
  }

  @Test
  void frontProxyClient_isIssuedByItsOwnAuthority() throws Exception {
    plane
        .frontProxyClient()
        .certificate()
        .verify(plane.frontProxyAuthority().certificate().getPublicKey());
    var config =
        plane
            .api()
            .get("/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication")
            .orThrow();
    assertThat(config.at("/data/requestheader-client-ca-file").asString())
        .isEqualTo(plane.frontProxyAuthority().certificatePem());
    assertThat(config.at("/data/client-ca-file").asString())
        .isEqualTo(plane.authority().certificatePem());
  }

  @Test
  void api_interrupted_keepsTheInterrupt() {
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> plane.api().get("/readyz")).hasMessageContaining("interrupted");
    assertThat(Thread.interrupted()).isTrue();
    assertThat(plane.api().get("/readyz").text()).isEqualTo("ok");
  }

  @Test
  void folder_hasTheLogs() {
    assertThat(plane.folder().resolve("log/kube-apiserver.log")).isNotEmptyFile();
    assertThat(plane.adminKubeconfig()).isNotEmptyFile();
    assertThat(plane.tools().kwokStage("pod-ready")).exists();
  }

  private JsonNode review(String token, String audience) {
    return plane
        .api()
        .post(
            "/apis/authentication.k8s.io/v1/tokenreviews",
            """
            {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
             "spec": {"token": "%s", "audiences": ["%s"]}}
            """
                .formatted(token, audience))
        .orThrow()
        .path("status");
  }
}
