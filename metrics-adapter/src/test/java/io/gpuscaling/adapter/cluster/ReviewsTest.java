package io.gpuscaling.adapter.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.kubernetes.identity.AccessRequest;
import io.gpuscaling.kubernetes.identity.AccessReview;
import io.gpuscaling.kubernetes.identity.TokenReview;
import io.gpuscaling.kubernetes.identity.UserInfo;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReviewsTest {

  private static final UserInfo USER =
      new UserInfo("u", "id", List.of("g"), Map.of("k", List.of("v")));
  private FakeKubernetes kubernetes;

  @BeforeEach
  void start() throws Exception {
    kubernetes = new FakeKubernetes();
  }

  @AfterEach
  void stop() {
    kubernetes.close();
  }

  @Test
  void token_authenticated_isWholeUser() {
    kubernetes.answer =
        """
        {"kind":"TokenReview","apiVersion":"authentication.k8s.io/v1","status":{
          "authenticated":true,"audiences":["ours"],"user":{"username":"u","uid":"id",
          "groups":["g"],"extra":{"k":["v"]}}}}\
        """;

    TokenReview review =
        new TokenReviews(kubernetes.client).review("secret-token", List.of("ours"));

    assertThat(review).isEqualTo(new TokenReview.Authenticated(USER, List.of("ours")));
    assertThat(kubernetes.requests)
        .singleElement()
        .asString()
        .startsWith("/apis/authentication.k8s.io/v1/tokenreviews ")
        .contains("\"token\":\"secret-token\"", "\"audiences\":[\"ours\"]");
  }

  @Test
  void token_sparseAnswer_isUserWithoutMore() {
    kubernetes.answer = "{\"status\":{\"authenticated\":true,\"user\":{\"username\":\"u\"}}}";

    assertThat(new TokenReviews(kubernetes.client).review("t", List.of()))
        .isEqualTo(
            new TokenReview.Authenticated(new UserInfo("u", "", List.of(), Map.of()), List.of()));
  }

  @Test
  void token_notAuthenticated_isRejected() {
    kubernetes.answer = "{\"status\":{\"authenticated\":false,\"error\":\"expired\"}}";
    assertThat(new TokenReviews(kubernetes.client).review("t", List.of()))
        .isEqualTo(new TokenReview.Rejected());

    kubernetes.answer = "{\"status\":{\"authenticated\":true}}";
    assertThat(new TokenReviews(kubernetes.client).review("t", List.of()))
        .isEqualTo(new TokenReview.Rejected());
  }

  @Test
  void reviews_refusedOrWithoutStatus_areFailedWithoutTheToken() {
    assertThat(new TokenReviews(kubernetes.client).review("t", List.of()))
        .isInstanceOf(TokenReview.Failed.class);
    assertThat(new AccessReviews(kubernetes.client).review(path()))
        .isInstanceOf(AccessReview.Failed.class);

    kubernetes.code = 403;
    assertThat(new TokenReviews(kubernetes.client).review("secret-token", List.of()))
        .isEqualTo(new TokenReview.Failed("the cluster answered with code 403"));
    assertThat(new AccessReviews(kubernetes.client).review(path()))
        .isEqualTo(new AccessReview.Failed("the cluster answered with code 403"));
  }

  @Test
  void reviews_clusterGone_areFailed() {
    kubernetes.stop();

    assertThat(new AccessReviews(kubernetes.client).review(path()))
        .isInstanceOfSatisfying(
            AccessReview.Failed.class,
            failed -> assertThat(failed.reason()).startsWith("the cluster could not be asked"));
    kubernetes.close();
    assertThat(new AccessReviews(kubernetes.client).review(path()))
        .isEqualTo(new AccessReview.Failed("the client of the cluster is closed"));
    assertThat(new TokenReviews(kubernetes.client).review("t", List.of()))
        .isEqualTo(new TokenReview.Failed("the client of the cluster is closed"));
  }

  @Test
  void access_resource_isSentWhole() {
    kubernetes.answer = "{\"status\":{\"allowed\":true}}";

    AccessReview review =
        new AccessReviews(kubernetes.client)
            .review(
                new AccessRequest.Resource(
                    USER, "get", "custom.metrics.k8s.io", "v1beta2", "pods", "rps", "shop", "*"));

    assertThat(review).isEqualTo(new AccessReview.Allowed());
    assertThat(kubernetes.requests)
        .singleElement()
        .asString()
        .startsWith("/apis/authorization.k8s.io/v1/subjectaccessreviews ")
        .contains(
            "\"user\":\"u\"",
            "\"uid\":\"id\"",
            "\"groups\":[\"g\"]",
            "\"extra\":{\"k\":[\"v\"]}",
            "\"verb\":\"get\"",
            "\"group\":\"custom.metrics.k8s.io\"",
            "\"version\":\"v1beta2\"",
            "\"resource\":\"pods\"",
            "\"subresource\":\"rps\"",
            "\"namespace\":\"shop\"",
            "\"name\":\"*\"");
  }

  @Test
  void access_deniedOrNoOpinion_isDenied() {
    kubernetes.answer = "{\"status\":{\"allowed\":false,\"reason\":\"why\"}}";
    assertThat(new AccessReviews(kubernetes.client).review(path()))
        .isEqualTo(new AccessReview.Denied("why"));
    assertThat(kubernetes.requests.getFirst())
        .contains("\"nonResourceAttributes\":{\"path\":\"/x\",\"verb\":\"get\"}");

    kubernetes.answer = "{\"status\":{\"allowed\":true,\"denied\":true}}";
    assertThat(new AccessReviews(kubernetes.client).review(path()))
        .isEqualTo(new AccessReview.Denied(""));
  }

  private static AccessRequest path() {
    return new AccessRequest.NonResource(USER, "get", "/x");
  }
}
