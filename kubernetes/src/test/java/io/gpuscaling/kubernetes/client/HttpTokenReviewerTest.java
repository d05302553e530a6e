package io.gpuscaling.kubernetes.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.kubernetes.client.FakeApiServer.Received;
import io.gpuscaling.kubernetes.identity.TokenReview;
import io.gpuscaling.kubernetes.identity.UserInfo;
import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.SubjectName;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
final class HttpTokenReviewerTest {

  private static final List<String> AUDIENCE = List.of("gpuscaling-leases");
  private static final String SECRET = "eyJhbGciOi.workers-token.sig";
  private static final String AUTHENTICATED =
      """
      {"kind":"TokenReview","apiVersion":"authentication.k8s.io/v1","metadata":{},
       "spec":{"token":"echoed"},
       "status":{"authenticated":true,
        "user":{"username":"system:serviceaccount:media:worker","uid":"u-1",
         "groups":["system:serviceaccounts","system:authenticated"],
         "extra":{"authentication.kubernetes.io/node-name":["node-a"],
                  "authentication.kubernetes.io/pod-name":["worker-0"],
                  "authentication.kubernetes.io/pod-uid":["p-1"]}},
        "audiences":["gpuscaling-leases"]}}
      """;

  @TempDir private Path folder;

  private final CertificateAuthority authority =
      CertificateAuthority.create("cluster", InstantSource.system());
  private final CountDownLatch release = new CountDownLatch(1);
  private FakeApiServer server;
  private HttpTokenReviewer reviewer;

  @BeforeEach
  void start() throws IOException, GeneralSecurityException {
    server = FakeApiServer.start(authority);
    Files.writeString(caFile(), authority.certificatePem());
    Files.writeString(tokenFile(), "own-token\n");
    reviewer = reviewer(Duration.ofSeconds(10));
  }

  @AfterEach
  void stop() {
    release.countDown();
    reviewer.close();
    server.close();
  }

  @Test
  void review_goodToken_sendsTheReviewAndReadsTheUser() {
    server.answer(201, AUTHENTICATED);

    assertThat(reviewer.review(SECRET, AUDIENCE))
        .isEqualTo(
            new TokenReview.Authenticated(
                new UserInfo(
                    "system:serviceaccount:media:worker",
                    "u-1",
                    List.of("system:serviceaccounts", "system:authenticated"),
                    Map.of(
                        UserInfo.NODE_NAME, List.of("node-a"),
                        UserInfo.POD_NAME, List.of("worker-0"),
                        UserInfo.POD_UID, List.of("p-1"))),
                AUDIENCE));
    assertThat(server.received())
        .containsExactly(
            new Received(
                "POST",
                "/apis/authentication.k8s.io/v1/tokenreviews",
                "Bearer own-token",
                "application/json",
                "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenReview\","
                    + "\"spec\":{\"token\":\""
                    + SECRET
                    + "\",\"audiences\":[\"gpuscaling-leases\"]}}"));
  }

  @Test
  void review_noAudience_asksForNone() {
    server.answer(200, AUTHENTICATED);

    assertThat(reviewer.review(SECRET, List.of())).isInstanceOf(TokenReview.Authenticated.class);
    assertThat(server.received().getFirst().body()).doesNotContain("audiences");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"status\":{\"user\":{},\"error\":\"[invalid bearer token]\"}}",
        "{\"status\":{\"authenticated\":false}}",
        "{\"status\":{\"authenticated\":\"true\",\"user\":{\"username\":\"a\"}}}",
        "{\"status\":{\"authenticated\":1}}"
      })
  void review_notAuthenticated_isRejected(String body) {
    server.answer(201, body);
    assertThat(reviewer.review(SECRET, AUDIENCE)).isEqualTo(new TokenReview.Rejected());
  }

  @ParameterizedTest
  @ValueSource(ints = {204, 302, 401, 403, 404, 429, 500, 503})
  void review_errorStatus_failsAndNamesIt(int status) {
    server.answer(status, status == 204 ? "" : "{\"message\":\"no\"}");
    assertThat(reviewer.review(SECRET, AUDIENCE))
        .isEqualTo(
            new TokenReview.Failed("the API server answered " + status + " to a token review"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "<html>",
        "{\"status\":",
        "[]",
        "{}",
        "null",
        "{\"status\":\"Failure\"}",
        "{\"status\":[]}"
      })
  void review_garbage_fails(String body) {
    server.answer(200, body);
    assertThat(failure()).contains("the API server's answer");
  }

  @Test
  void review_garbageThatQuotesTheToken_isNotRepeated() {
    server.answer(200, "{\"status\":" + SECRET);
    assertThat(failure()).doesNotContain("workers-token");
  }

  @Test
  void review_oddlyShapedUser_isReadAsFarAsItGoes() {
    server.answer(
        200,
        "{\"status\":{\"authenticated\":true,\"user\":{\"username\":7,\"groups\":\"g\","
            + "\"extra\":{\"k\":\"v\",\"l\":[{}]}}}}");
    assertThat(reviewer.review(SECRET, AUDIENCE))
        .isEqualTo(
            new TokenReview.Authenticated(
                new UserInfo("7", "", List.of(), Map.of("k", List.of(), "l", List.of(""))),
                List.of()));
  }

  @Test
  void review_stallsAfterHeaders_failsAtTheDeadline() {
    reviewer.close();
    reviewer = reviewer(Duration.ofMillis(300));
    server.answer(exchange -> {
      exchange.sendResponseHeaders(200, 1_000);
      exchange.getResponseBody().write('{');
      exchange.getResponseBody().flush();
      awaitRelease();
    });
    long start = Ticker.system().nanos();

    assertThat(failure()).contains("did not answer in");
    assertThat(Duration.ofNanos(Ticker.system().nanos() - start)).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void review_neverAnswers_failsAtTheDeadline() {
    reviewer.close();
    reviewer = reviewer(Duration.ofMillis(300));
    server.answer(_ -> awaitRelease());

    assertThat(failure()).contains("did not answer in 0.3 s");
  }

  @Test
  void review_hugeAnswer_fails() {
    server.answer(exchange -> {
      exchange.sendResponseHeaders(200, 0);
      byte[] piece = new byte[64 * 1024];
      for (int i = 0; i < 17; i++) {
        exchange.getResponseBody().write(piece);
      }
    });
    assertThat(failure()).startsWith("the API server could not be asked");
  }

  @Test
  void review_nobodyListens_failsAndSaysSo() {
    server.close();
    assertThat(failure()).doesNotContain("null").contains("ConnectException");
  }

  @Test
  void review_otherCa_fails() throws IOException {
    Files.writeString(
        caFile(), CertificateAuthority.create("other", InstantSource.system()).certificatePem());
    server.answer(201, AUTHENTICATED);

    assertThat(failure()).startsWith("the API server could not be asked");
    assertThat(server.received()).isEmpty();
  }

  @Test
  void review_certificateOfAnotherName_fails() throws Exception {
    try (var other = FakeApiServer.start(authority, 0, new SubjectName.Dns("elsewhere"));
        var asked =
            new HttpTokenReviewer(
                new ApiServerAccess(
                    other.address(), caFile(), tokenFile(), Duration.ofSeconds(10)))) {
      other.answer(201, AUTHENTICATED);
      assertThat(asked.review(SECRET, AUDIENCE)).isInstanceOf(TokenReview.Failed.class);
      assertThat(other.received()).isEmpty();
    }
  }

  @Test
  void review_caRotatedOnDisk_isReadAgain() throws Exception {
    server.answer(201, AUTHENTICATED);
    assertThat(reviewer.review(SECRET, AUDIENCE)).isInstanceOf(TokenReview.Authenticated.class);
    int port = server.port();
    server.close();
    var next = CertificateAuthority.create("next", InstantSource.system());
    server = FakeApiServer.start(next, port, new SubjectName.Ip("127.0.0.1"));
    server.answer(201, AUTHENTICATED);
    assertThat(reviewer.review(SECRET, AUDIENCE)).isInstanceOf(TokenReview.Failed.class);

    Files.writeString(caFile(), authority.certificatePem() + next.certificatePem());

    assertThat(reviewer.review(SECRET, AUDIENCE)).isInstanceOf(TokenReview.Authenticated.class);
  }

  @Test
  void review_caFileIsGarbage_failsUntilItIsMended() throws IOException {
    server.answer(201, AUTHENTICATED);
    Files.writeString(caFile(), "");
    assertThat(failure()).contains("holds no certificate");
    Files.writeString(caFile(), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    assertThat(failure()).startsWith("the API server could not be asked");
    Files.delete(caFile());
    assertThat(failure()).contains("ca.crt");

    Files.writeString(caFile(), authority.certificatePem());

    assertThat(reviewer.review(SECRET, AUDIENCE)).isInstanceOf(TokenReview.Authenticated.class);
  }

  @Test
  void review_ownTokenReplaced_isReadAgain() throws IOException {
    server.answer(201, AUTHENTICATED);
    reviewer.review(SECRET, AUDIENCE);
    Files.writeString(tokenFile(), "next-token");
    reviewer.review(SECRET, AUDIENCE);

    assertThat(server.received())
        .extracting(Received::authorization)
        .containsExactly("Bearer own-token", "Bearer next-token");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "own\ntoken", "own token", "öwn", "own\u0000token"})
  void review_ownTokenIsNoToken_failsWithoutQuotingIt(String content) throws IOException {
    Files.writeString(tokenFile(), content);
    assertThat(failure()).contains("holds no token").doesNotContain("own");
    assertThat(server.received()).isEmpty();
  }

  @Test
  void review_ownTokenFileIsHugeOrGone_fails() throws IOException {
    Files.writeString(tokenFile(), "a".repeat(70_000));
    assertThat(failure()).contains("larger than a token");
    Files.delete(tokenFile());
    assertThat(failure()).contains("token");
  }

  @Test
  void review_interrupted_failsAndHandsTheInterruptOn() {
    server.answer(_ -> awaitRelease());
    Thread.currentThread().interrupt();

    assertThat(failure()).isEqualTo("interrupted");
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void create_plainHttp_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            new ApiServerAccess(
                URI.create("http://127.0.0.1:8080"), caFile(), tokenFile(), Duration.ofSeconds(1)))
        .withMessageContaining("https");
  }

  private String failure() {
    TokenReview review = reviewer.review(SECRET, AUDIENCE);
    assertThat(review).isInstanceOf(TokenReview.Failed.class);
    String reason = ((TokenReview.Failed) review).reason();
    assertThat(reason).doesNotContain(SECRET).doesNotContain("own-token");
    return reason;
  }

  private void awaitRelease() {
    try {
      assertThat(release.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private HttpTokenReviewer reviewer(Duration timeout) {
    return new HttpTokenReviewer(
        new ApiServerAccess(server.address(), caFile(), tokenFile(), timeout));
  }

  private Path caFile() {
    return folder.resolve("ca.crt");
  }

  private Path tokenFile() {
    return folder.resolve("token");
  }
}
