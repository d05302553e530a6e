package io.gpuscaling.adapter.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.pki.TestAuthority;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who is believed, and who is not, over real TLS. */
class IdentityTest {

  private static final String METRIC =
      "/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/pods/*/some-metric";

  @TempDir private static Path folder;
  private static ServerFixture fixture;

  @BeforeAll
  static void start() throws Exception {
    fixture = new ServerFixture(folder);
  }

  @AfterAll
  static void stop() {
    fixture.close();
  }

  @Test
  void frontProxy_verifiedCertificate_speaksForItsUser() throws Exception {
    assertThat(code(proxy(), METRIC, "X-Remote-User", "hpa")).isEqualTo(200);
    assertThat(code(proxy(), METRIC, "X-Remote-User", "mallory")).isEqualTo(403);
    assertThat(code(proxy(), METRIC, "X-Remote-User", "root", "X-Remote-Group", "system:masters"))
        .isEqualTo(200);
    assertThat(
            code(
                proxy(),
                METRIC,
                "X-Remote-User",
                "a",
                "X-Remote-Group",
                "one",
                "X-Remote-Group",
                "system:masters"))
        .isEqualTo(200);
    assertThat(code(proxy(), METRIC, "X-Remote-User", "a", "X-Remote-Group", "one,system:masters"))
        .isEqualTo(403);
  }

  @Test
  void frontProxy_groupOfAuthenticated_isAddedForDiscovery() throws Exception {
    assertThat(code(proxy(), "/openapi/v2", "X-Remote-User", "system:aggregator")).isEqualTo(200);
    assertThat(
            code(
                proxy(),
                "/apis/custom.metrics.k8s.io/v1beta2",
                "X-Remote-User",
                "system:kube-aggregator"))
        .isEqualTo(200);
  }

  @Test
  void frontProxy_noUserHeader_isRejected() throws Exception {
    // The proxy's certificate is then judged as a user's, and is none.
    assertThat(code(proxy(), METRIC)).isEqualTo(401);
  }

  @Test
  void forgedHeaders_withoutGoodProxyCertificate_areWorthNothing() throws Exception {
    TestAuthority stranger = TestAuthority.create("proxy-ca");
    String[] headers = {"X-Remote-User", "root", "X-Remote-Group", "system:masters"};
    var expired =
        fixture.proxyCa.client(
            "CN=front-proxy-client", InstantSource.system().instant().minus(Duration.ofDays(3)));
    var early =
        fixture.proxyCa.client(
            "CN=front-proxy-client", InstantSource.system().instant().plus(Duration.ofDays(3)));

    assertThat(code(null, METRIC, headers)).isEqualTo(403);
    assertThat(code(stranger.client("CN=front-proxy-client"), METRIC, headers)).isEqualTo(401);
    assertThat(code(fixture.clientCa.client("CN=front-proxy-client"), METRIC, headers))
        .isEqualTo(403);
    assertThat(code(fixture.proxyCa.client("CN=other"), METRIC, headers)).isEqualTo(401);
    assertThat(code(fixture.proxyCa.client("CN=front-proxy-client,CN=other"), METRIC, headers))
        .isEqualTo(401);
    assertThat(code(fixture.proxyCa.server("EC"), METRIC, headers)).isEqualTo(401);
    assertThat(code(expired, METRIC, headers)).isEqualTo(401);
    assertThat(code(early, METRIC, headers)).isEqualTo(401);
  }

  @Test
  void frontProxy_rotatedOnLiveConnection_isJudgedAnew() throws Exception {
    TestAuthority next = TestAuthority.create("next-proxy-ca");
    try (HttpClient old = fixture.client(HttpClient.Version.HTTP_2, proxy());
        HttpClient fresh =
            fixture.client(HttpClient.Version.HTTP_2, next.client("CN=front-proxy-client"))) {
      assertThat(fixture.get(old, METRIC, "X-Remote-User", "hpa").statusCode()).isEqualTo(200);
      assertThat(fixture.get(fresh, METRIC, "X-Remote-User", "hpa").statusCode()).isEqualTo(401);

      fixture.trust.replace(fixture.trust(next, Set.of()));

      assertThat(fixture.get(old, METRIC, "X-Remote-User", "hpa").statusCode()).isEqualTo(401);
      assertThat(fixture.get(fresh, METRIC, "X-Remote-User", "hpa").statusCode()).isEqualTo(200);
    } finally {
      fixture.trust.replace(fixture.trust(fixture.proxyCa, Set.of("front-proxy-client")));
    }
  }

  @Test
  void clientCertificate_isUserAndGroups() throws Exception {
    assertThat(code(fixture.clientCa.client("CN=alice,O=team"), METRIC)).isEqualTo(200);
    assertThat(code(fixture.clientCa.client("CN=bob,O=team"), METRIC)).isEqualTo(403);
    assertThat(code(fixture.clientCa.client("CN=bob,O=team,O=system:masters"), METRIC))
        .isEqualTo(200);
    assertThat(code(TestAuthority.create("x").client("CN=alice"), METRIC)).isEqualTo(401);
  }

  @Test
  void badCertificate_withGoodToken_isTheTokensUser() throws Exception {
    assertThat(
            code(
                TestAuthority.create("x").client("CN=alice"),
                METRIC,
                "Authorization",
                "Bearer hpa-token"))
        .isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({
    "Bearer hpa-token, 200",
    "bearer  hpa-token, 200",
    "Bearer nobody-token, 403",
    "Bearer wrong, 401",
    "Bearer unreviewable, 401",
    "Basic aHBhOnB3, 403",
    "Bearer, 403",
  })
  void token_decides(String authorization, int code) throws Exception {
    assertThat(code(null, METRIC, "Authorization", authorization)).isEqualTo(code);
  }

  @Test
  void anonymous_seesHealthOnly() throws Exception {
    assertThat(code(null, "/livez")).isEqualTo(200);
    assertThat(code(null, "/readyz")).isEqualTo(200);
    assertThat(code(null, "/healthz?verbose")).isEqualTo(200);
    for (String path :
        new String[] {
          "/readyz/ping", "/livez/", "/metrics", "/apis", "/version", "/blah", "/a//b"
        }) {
      assertThat(code(null, path)).as(path).isEqualTo(403);
    }
  }

  @Test
  void health_failingCheck_is500WithoutReason() throws Exception {
    fixture.ready.set(false);
    try (HttpClient client = fixture.client(HttpClient.Version.HTTP_1_1, null)) {
      HttpResponse<String> response = fixture.get(client, "/readyz");

      assertThat(response.statusCode()).isEqualTo(500);
      assertThat(response.body()).contains("[-]sources failed: reason withheld");
      assertThat(fixture.get(client, "/livez").statusCode()).isEqualTo(200);
      assertThat(fixture.get(client, "/readyz?exclude=sources").statusCode()).isEqualTo(200);
    } finally {
      fixture.ready.set(true);
    }
  }

  @Test
  void forbidden_message_isThatOfKubernetes() throws Exception {
    try (HttpClient client = fixture.client(HttpClient.Version.HTTP_2, proxy())) {
      assertThat(fixture.get(client, METRIC, "X-Remote-User", "<u>").body())
          .contains(
              "\"message\":\"pods.custom.metrics.k8s.io \\\"*\\\" is forbidden: User"
                  + " \\\"&lt;u&gt;\\\" cannot get resource \\\"pods/some-metric\\\" in API group"
                  + " \\\"custom.metrics.k8s.io\\\" in the namespace \\\"shop\\\"\"")
          .contains(
              "\"details\":{\"name\":\"*\",\"group\":\"custom.metrics.k8s.io\",\"kind\":\"pods\"}");
      assertThat(fixture.get(client, "/x", "X-Remote-User", "u").body())
          .contains("forbidden: User \\\"u\\\" cannot get path \\\"/x\\\"");
    }
  }

  @Test
  void failedAccessReview_is500() throws Exception {
    assertThat(code(proxy(), METRIC, "X-Remote-User", "sar-fails")).isEqualTo(500);
  }

  @Test
  void impersonation_isRefused() throws Exception {
    assertThat(code(proxy(), METRIC, "X-Remote-User", "hpa", "Impersonate-User", "alice"))
        .isEqualTo(403);
  }

  private static TestAuthority.Identity proxy() {
    return fixture.proxyCa.client("CN=front-proxy-client");
  }

  private static int code(
      TestAuthority.@Nullable Identity identity, String target, String... headers)
      throws Exception {
    try (HttpClient client = fixture.client(HttpClient.Version.HTTP_2, identity)) {
      return fixture.get(client, target, headers).statusCode();
    }
  }
}
