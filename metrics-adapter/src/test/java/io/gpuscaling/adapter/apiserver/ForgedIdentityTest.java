package io.gpuscaling.adapter.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.pki.TestAuthority;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Who pretends to be a front proxy, or comes without one, with each kind of credential. */
class ForgedIdentityTest {

  private static final String METRIC =
      "/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/pods/*/some-metric";

  /** Everything that a front proxy says of its user, said by somebody else. */
  private static final String[] FORGED = {
    "X-Remote-User", "root",
    "x-remote-user", "system:kube-aggregator",
    "X-Remote-Group", "system:masters",
    "X-Remote-Group", "system:authenticated",
    "X-Remote-Uid", "0",
    "X-Remote-Extra-Scopes", "all",
    "X_Remote_User", "root",
    "X-Forwarded-User", "root",
    "X-Forwarded-Client-Cert", "CN=front-proxy-client",
    "X-Client-Cert", "CN=front-proxy-client",
    "Forwarded", "for=127.0.0.1",
    "Via", "1.1 kube-apiserver",
  };

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

  /** A credential that is no front proxy's, and the code that it gets by itself. */
  record Credential(
      String name, TestAuthority.@Nullable Identity certificate, String authorization, int code) {

    @Override
    public String toString() {
      return name + " -> " + code;
    }
  }

  private static Stream<Credential> credentials() {
    var now = InstantSource.system().instant();
    TestAuthority clients = fixture.clientCa;
    TestAuthority proxies = fixture.proxyCa;
    TestAuthority strangers = TestAuthority.create("proxy-ca");
    return Stream.of(
        new Credential("none", null, "", 403),
        new Credential("basic", null, "Basic cm9vdDpyb290", 403),
        new Credential("token of a reader", null, "Bearer hpa-token", 200),
        new Credential("token of nobody", null, "Bearer nobody-token", 403),
        new Credential("wrong token", null, "Bearer wrong", 401),
        new Credential("token that cannot be reviewed", null, "Bearer unreviewable", 401),
        new Credential("certificate of a reader", clients.client("CN=alice,O=team"), "", 200),
        new Credential("certificate of nobody", clients.client("CN=bob,O=team"), "", 403),
        new Credential("certificate without a name", clients.client("O=system:masters"), "", 401),
        new Credential(
            "proxy's name by the users' CA", clients.client("CN=front-proxy-client"), "", 403),
        new Credential(
            "certificate of a stranger's CA", strangers.client("CN=front-proxy-client"), "", 401),
        new Credential("proxy's CA, another name", proxies.client("CN=other"), "", 401),
        new Credential(
            "proxy's CA, name in another case", proxies.client("CN=Front-Proxy-Client"), "", 401),
        new Credential(
            "proxy's CA, name as organization",
            proxies.client("O=front-proxy-client,CN=x"),
            "",
            401),
        new Credential(
            "proxy's CA, two names", proxies.client("CN=front-proxy-client,CN=other"), "", 401),
        new Credential("proxy's CA, for servers", proxies.server("EC"), "", 401),
        new Credential(
            "proxy's certificate, expired",
            proxies.client("CN=front-proxy-client", now.minus(Duration.ofDays(3))),
            "",
            401),
        new Credential(
            "proxy's certificate, not yet valid",
            proxies.client("CN=front-proxy-client", now.plus(Duration.ofDays(3))),
            "",
            401),
        new Credential(
            "expired proxy with a reader's token",
            proxies.client("CN=front-proxy-client", now.minus(Duration.ofDays(3))),
            "Bearer hpa-token",
            200));
  }

  @ParameterizedTest
  @MethodSource("credentials")
  void headersOfAProxy_fromAnybodyElse_changeNothing(Credential credential) throws Exception {
    for (HttpClient.Version version : HttpClient.Version.values()) {
      for (String[] forged : new String[][] {{}, FORGED}) {
        try (HttpClient client = fixture.client(version, credential.certificate())) {
          var request = fixture.request(METRIC);
          if (!credential.authorization().isEmpty()) {
            request.header("Authorization", credential.authorization());
          }
          if (forged.length > 0) {
            request.headers(forged);
          }

          HttpResponse<String> response =
              client.send(request.build(), HttpResponse.BodyHandlers.ofString());

          assertThat(response.statusCode()).as(response.body()).isEqualTo(credential.code());
          assertThat(response.body()).doesNotContain("root").doesNotContain("aggregator");
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void impersonation_byAnybody_isRefused(HttpClient.Version version) throws Exception {
    List<String[]> wishes =
        List.of(
            new String[] {"Impersonate-User", "alice"},
            new String[] {"impersonate-user", ""},
            new String[] {"Impersonate-Group", "system:masters"},
            new String[] {"Impersonate-Uid", "1"},
            new String[] {"IMPERSONATE-EXTRA-SCOPES", "all"},
            new String[] {"Impersonate-Anything", "x"});
    var admin = fixture.clientCa.client("CN=admin,O=system:masters");
    var proxy = fixture.proxyCa.client("CN=front-proxy-client");
    try (HttpClient byCertificate = fixture.client(version, admin);
        HttpClient byProxy = fixture.client(version, proxy);
        HttpClient byToken = fixture.client(version, null)) {
      for (String[] wish : wishes) {
        for (String path : new String[] {METRIC, "/livez", "/apis"}) {
          assertThat(
                  List.of(
                      fixture.get(byCertificate, path, wish).statusCode(),
                      fixture
                          .get(byProxy, path, wish[0], wish[1], "X-Remote-User", "hpa")
                          .statusCode(),
                      fixture
                          .get(byToken, path, wish[0], wish[1], "Authorization", "Bearer hpa-token")
                          .statusCode()))
              .as("%s %s", path, wish[0])
              .containsOnly(403);
        }
      }
    }
  }

  @Test
  void proxy_withSomebodysToken_speaksForTheHeadersUser() throws Exception {
    try (HttpClient client =
        fixture.client(
            HttpClient.Version.HTTP_2, fixture.proxyCa.client("CN=front-proxy-client"))) {
      // The token is somebody else's, and who the proxy names counts.
      assertThat(
              fixture
                  .get(
                      client,
                      METRIC,
                      "X-Remote-User",
                      "nobody",
                      "Authorization",
                      "Bearer hpa-token")
                  .statusCode())
          .isEqualTo(403);
    }
  }

  @Test
  void http2Connection_ofAStranger_isEndedAndOfOthersIsKept() throws Exception {
    for (String token : new String[] {"", "wrong"}) {
      try (RawConnection connection = RawConnection.http2(fixture)) {
        String[] headers =
            token.isEmpty() ? new String[0] : new String[] {"authorization", "Bearer " + token};
        connection.get(1, METRIC, headers);
        connection.flush();

        int code = connection.status(connection.await(RawConnection.HEADERS));
        assertThat(code).isEqualTo(token.isEmpty() ? 403 : 401);
        assertThat(connection.await(RawConnection.GOAWAY).errorCode()).isZero();
        connection.awaitEnd();
      }
    }
    try (RawConnection connection = RawConnection.http2(fixture)) {
      for (int stream = 1; stream < 10; stream += 2) {
        connection.get(stream, METRIC, "authorization", "Bearer nobody-token");
        connection.flush();

        assertThat(connection.status(connection.await(RawConnection.HEADERS))).isEqualTo(403);
      }
    }
  }
}
