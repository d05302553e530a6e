package io.gpuscaling.adapter.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.store.Contributor;
import io.gpuscaling.kubernetes.identity.ServiceAccount;
import io.gpuscaling.kubernetes.identity.TokenReview;
import io.gpuscaling.kubernetes.identity.UserInfo;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TokenIdentitiesTest {

  private static final String AUDIENCE = "gpuscaling-adapter";
  private static final Map<ServiceAccount, ExporterScope> SCOPES =
      Map.of(
          new ServiceAccount("gpuscaling", "exporter"), ExporterScope.NODE,
          new ServiceAccount("gpuscaling", "queues"), ExporterScope.QUEUES);
  private static final Map<String, List<String>> CLAIMS =
      Map.of(UserInfo.NODE_NAME, List.of("gpu-1"), UserInfo.POD_NAME, List.of("exporter-x"));

  private final List<List<String>> askedAudiences = new ArrayList<>();
  private TokenReview review = new TokenReview.Rejected();

  private final TokenIdentities identities =
      new TokenIdentities(
          (_, audiences) -> {
            askedAudiences.add(audiences);
            return review;
          },
          AUDIENCE,
          SCOPES);

  @Test
  void identify_exporter_isTheNodeOfItsClaim() {
    review = good("gpuscaling:exporter", CLAIMS);

    assertThat(identify("opaque"))
        .isEqualTo(new ExporterIdentity.Known(new Contributor.Node("gpu-1"), Optional.empty()));
    assertThat(askedAudiences).containsExactly(List.of(AUDIENCE));
  }

  @Test
  void identify_queueReader_isItsPodWithNamespace() {
    review = good("gpuscaling:queues", CLAIMS);

    assertThat(identify("opaque"))
        .isEqualTo(
            new ExporterIdentity.Known(
                new Contributor.QueueReader("gpuscaling/exporter-x"), Optional.empty()));
  }

  @Test
  void identify_tokenThatSaysWhenItEnds_endsThen() {
    review = good("gpuscaling:exporter", CLAIMS);

    assertThat(identify(jwt("{\"aud\":[\"x\"],\"exp\":1800000000,\"iat\":1}")))
        .isInstanceOfSatisfying(
            ExporterIdentity.Known.class,
            known -> assertThat(known.expiresAt()).contains(Instant.ofEpochSecond(1_800_000_000)));
  }

  @Test
  void identify_emptyToken_isRefusedWithoutAsking() {
    review = good("gpuscaling:exporter", CLAIMS);

    assertThat(identify("")).isEqualTo(new ExporterIdentity.Unauthenticated("the token is empty"));
    assertThat(askedAudiences).isEmpty();
  }

  @Test
  void identify_rejected_isUnauthenticated() {
    assertThat(identify("secret"))
        .isEqualTo(new ExporterIdentity.Unauthenticated("the token is not valid"));
  }

  @Test
  void identify_audienceMissingInStatus_isUnauthenticated() {
    var user = user("system:serviceaccount:gpuscaling:exporter", CLAIMS);
    var refused =
        new ExporterIdentity.Unauthenticated(
            "the token is not meant for the audience gpuscaling-adapter");

    review = new TokenReview.Authenticated(user, List.of());
    assertThat(identify("secret")).isEqualTo(refused);
    review = new TokenReview.Authenticated(user, List.of("https://kubernetes.default.svc"));
    assertThat(identify("secret")).isEqualTo(refused);
  }

  @Test
  void identify_nobodyToAsk_isUnavailable() {
    review = new TokenReview.Failed("timed out");

    assertThat(identify("secret"))
        .isEqualTo(new ExporterIdentity.Unavailable("the token could not be reviewed: timed out"));
  }

  @Test
  void identify_anotherAccount_isForbidden() {
    for (String name :
        List.of("gpuscaling:default", "other:exporter", "gpuscaling:exporter:x", "gpuscaling")) {
      review = good(name, CLAIMS);
      assertThat(identify("secret"))
          .isEqualTo(
              new ExporterIdentity.Forbidden(
                  "system:serviceaccount:"
                      + name
                      + " is not an exporter's ServiceAccount (ingest.identities)"));
    }
    review = new TokenReview.Authenticated(user("gpuscaling/exporter", CLAIMS), List.of(AUDIENCE));
    assertThat(identify("secret")).isInstanceOf(ExporterIdentity.Forbidden.class);
  }

  @Test
  void identify_noClaimOrTwo_isForbidden() {
    review = good("gpuscaling:exporter", Map.of(UserInfo.POD_NAME, List.of("p")));
    assertThat(identify("secret"))
        .isEqualTo(
            new ExporterIdentity.Forbidden(
                "the token of system:serviceaccount:gpuscaling:exporter has no node claim; it must"
                    + " be bound to a pod on a node"));

    review = good("gpuscaling:exporter", Map.of(UserInfo.NODE_NAME, List.of("a", "b")));
    assertThat(identify("secret")).isInstanceOf(ExporterIdentity.Forbidden.class);

    review = good("gpuscaling:queues", Map.of(UserInfo.NODE_NAME, List.of("gpu-1")));
    assertThat(identify("secret"))
        .isEqualTo(
            new ExporterIdentity.Forbidden(
                "the token of system:serviceaccount:gpuscaling:queues has no pod claim; it must be"
                    + " bound to a pod"));
  }

  @Test
  void toString_ofToken_hidesIt() {
    assertThat(new ExporterCredential.Token("secret").toString()).doesNotContain("secret");
  }

  // ---- when a token ends

  @Test
  void expiry_wholeSeconds_areRead() {
    assertThat(TokenExpiry.of(jwt("{ \"exp\" : 12 }"))).contains(Instant.ofEpochSecond(12));
    assertThat(TokenExpiry.of(jwt("{\"sub\":\"\\\"exp\\\":5\",\"exp\":7}")))
        .as("text within a string is none")
        .contains(Instant.ofEpochSecond(7));
  }

  @Test
  void expiry_anythingElse_isEmpty() {
    for (String token :
        List.of(
            "",
            "opaque",
            "a.b",
            "a.b.c.d",
            "a.%%%.c",
            jwt("{}"),
            jwt("{\"exp\":\"12\"}"),
            jwt("{\"exp\":-12}"),
            jwt("{\"exp\":1.8e9}"),
            jwt("{\"exp\":1e3}"),
            jwt("{\"exp\":1234567890123456}"))) {
      assertThat(TokenExpiry.of(token)).as(token).isEmpty();
    }
  }

  private ExporterIdentity identify(String token) {
    return identities.identify(new ExporterCredential.Token(token));
  }

  private static TokenReview good(String account, Map<String, List<String>> claims) {
    return new TokenReview.Authenticated(
        user("system:serviceaccount:" + account, claims), List.of("other", AUDIENCE));
  }

  private static UserInfo user(String name, Map<String, List<String>> claims) {
    return new UserInfo(name, "uid", List.of(), claims);
  }

  private static String jwt(String payload) {
    var encoder = Base64.getUrlEncoder().withoutPadding();
    return "e30." + encoder.encodeToString(payload.getBytes(StandardCharsets.UTF_8)) + ".c2ln";
  }
}
