package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.api.model.authentication.TokenReviewBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.gpuscaling.kubernetes.identity.TokenReview;
import io.gpuscaling.kubernetes.identity.TokenReviewer;
import io.gpuscaling.kubernetes.identity.UserInfo;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Has tokens reviewed by the cluster ({@code authentication.k8s.io/v1}). For any thread. */
public final class TokenReviews implements TokenReviewer {

  private final KubernetesClient client;

  /**
   * Asks through a client.
   *
   * @param client not closed by this
   */
  public TokenReviews(KubernetesClient client) {
    this.client = client;
  }

  @Override
  public TokenReview review(String token, List<String> audiences) {
    var request =
        new TokenReviewBuilder()
            .withNewSpec()
            .withToken(token)
            .withAudiences(audiences)
            .endSpec()
            .build();
    try {
      return read(client.authentication().v1().tokenReviews().create(request).getStatus());
    } catch (KubernetesClientException e) {
      return new TokenReview.Failed(AccessReviews.describe(e));
    } catch (IllegalStateException e) {
      return new TokenReview.Failed("the client of the cluster is closed");
    }
  }

  private static TokenReview read(@Nullable TokenReviewStatus status) {
    if (status == null) {
      return new TokenReview.Failed("the answer has no status");
    }
    var user = status.getUser();
    if (!Boolean.TRUE.equals(status.getAuthenticated()) || user == null) {
      return new TokenReview.Rejected();
    }
    return new TokenReview.Authenticated(
        new UserInfo(
            orEmpty(user.getUsername()),
            orEmpty(user.getUid()),
            user.getGroups() == null ? List.of() : user.getGroups(),
            user.getExtra() == null ? Map.of() : user.getExtra()),
        status.getAudiences() == null ? List.of() : status.getAudiences());
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
