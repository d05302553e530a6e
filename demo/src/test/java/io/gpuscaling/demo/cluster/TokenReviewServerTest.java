package io.gpuscaling.demo.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.kubernetes.client.ApiServerAccess;
import io.gpuscaling.kubernetes.client.HttpTokenReviewer;
import io.gpuscaling.kubernetes.identity.TokenReview;
import io.gpuscaling.kubernetes.identity.UserInfo;
import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.ClientTls;
import io.gpuscaling.testkit.pki.SubjectName;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** By the reviewer that the exporter uses. */
final class TokenReviewServerTest {

  private static final String AUDIENCE = "gpuscaling-leases";
  private static final PodTokens.Pod POD =
      new PodTokens.Pod("demo", "worker-1", "uid-1", "worker", "gpu-a");

  private final CertificateAuthority authority =
      CertificateAuthority.create("test", InstantSource.system());
  private final PodTokens tokens = new PodTokens();
  private TokenReviewServer server;

  @TempDir private Path folder;

  @BeforeEach
  void start() throws IOException {
    server =
        TokenReviewServer.start(
            authority.issueServer("api", new SubjectName.Ip("127.0.0.1")),
            "exporter-token",
            AUDIENCE,
            tokens);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private TokenReview review(String callerToken, String token, String audience) throws IOException {
    Path ca = Files.writeString(folder.resolve("ca.crt"), authority.certificatePem());
    Path caller = Files.writeString(folder.resolve("token"), callerToken);
    var access = new ApiServerAccess(server.uri(), ca, caller, Duration.ofSeconds(10));
    try (var reviewer = new HttpTokenReviewer(access)) {
      return reviewer.review(token, List.of(audience));
    }
  }

  @Test
  void review_issuedToken_podAndNodeByItsClaims() throws Exception {
    TokenReview review = review("exporter-token", tokens.issue(POD), AUDIENCE);
    assertThat(review)
        .isInstanceOfSatisfying(
            TokenReview.Authenticated.class,
            it -> {
              assertThat(it.audiences()).containsExactly(AUDIENCE);
              assertThat(it.user().name()).isEqualTo("system:serviceaccount:demo:worker");
              assertThat(it.user().extraValue(UserInfo.NODE_NAME)).hasValue("gpu-a");
              assertThat(it.user().extraValue(UserInfo.POD_NAME)).hasValue("worker-1");
              assertThat(it.user().extraValue(UserInfo.POD_UID)).hasValue("uid-1");
            });
  }

  @Test
  void review_unknownOrRevokedOrOtherAudience_rejected() throws Exception {
    assertThat(review("exporter-token", "guess", AUDIENCE)).isEqualTo(new TokenReview.Rejected());
    String token = tokens.issue(POD);
    assertThat(review("exporter-token", token, "other")).isEqualTo(new TokenReview.Rejected());
    tokens.revoke(token);
    assertThat(review("exporter-token", token, AUDIENCE)).isEqualTo(new TokenReview.Rejected());
  }

  @Test
  void review_callerWithoutItsToken_failed() throws Exception {
    assertThat(review("other", tokens.issue(POD), AUDIENCE))
        .isInstanceOfSatisfying(
            TokenReview.Failed.class, failed -> assertThat(failed.reason()).contains("401"));
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /apis/authentication.k8s.io/v1/tokenreviews, '', 405",
    "POST, /apis/authentication.k8s.io/v1/tokenreviews, no JSON, 400",
    "POST, /api, {}, 404",
  })
  void request_otherThanAReview_refused(String method, String path, String body, int code)
      throws Exception {
    URI uri = server.uri().resolve(path);
    try (HttpClient client =
        HttpClient.newBuilder().sslContext(ClientTls.trusting(authority)).build()) {
      HttpResponse<String> response =
          client.send(
              HttpRequest.newBuilder(uri)
                  .header("Authorization", "Bearer exporter-token")
                  .method(method, HttpRequest.BodyPublishers.ofString(body))
                  .timeout(Duration.ofSeconds(10))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(response.statusCode()).isEqualTo(code);
      assertThat(response.body()).contains("\"kind\":\"Status\"");
    }
  }
}
