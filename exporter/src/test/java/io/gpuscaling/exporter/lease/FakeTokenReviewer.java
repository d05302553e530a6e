package io.gpuscaling.exporter.lease;

import io.gpuscaling.kubernetes.identity.TokenReview;
import io.gpuscaling.kubernetes.identity.TokenReviewer;
import io.gpuscaling.kubernetes.identity.UserInfo;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Knows the tokens that a test tells it of. */
final class FakeTokenReviewer implements TokenReviewer {

  private final Map<String, TokenReview> reviews = new ConcurrentHashMap<>();

  void knows(String token, TokenReview review) {
    reviews.put(token, review);
  }

  /** A token of a worker's pod with the right audience. */
  void knowsWorker(String token, String pod, String node) {
    knows(token, worker("system:serviceaccount:media:worker", pod, node, LeaseFixture.AUDIENCE));
  }

  static TokenReview worker(String user, String pod, String node, String audience) {
    var extra = new HashMap<String, List<String>>();
    if (!node.isEmpty()) {
      extra.put(UserInfo.NODE_NAME, List.of(node));
    }
    if (!pod.isEmpty()) {
      extra.put(UserInfo.POD_NAME, List.of(pod));
      extra.put(UserInfo.POD_UID, List.of("uid-of-" + pod));
    }
    return new TokenReview.Authenticated(
        new UserInfo(user, "u", List.of(), extra),
        audience.isEmpty() ? List.of() : List.of(audience));
  }

  @Override
  public TokenReview review(String token, List<String> audiences) {
    if (!audiences.equals(List.of(LeaseFixture.AUDIENCE))) {
      return new TokenReview.Failed("asked for " + audiences);
    }
    return reviews.getOrDefault(token, new TokenReview.Rejected());
  }
}
