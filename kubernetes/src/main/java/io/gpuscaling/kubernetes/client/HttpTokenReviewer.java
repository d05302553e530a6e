package io.gpuscaling.kubernetes.client;

import io.gpuscaling.kubernetes.identity.TokenReview;
import io.gpuscaling.kubernetes.identity.TokenReviewer;
import io.gpuscaling.kubernetes.identity.UserInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reviews tokens by {@code POST /apis/authentication.k8s.io/v1/tokenreviews}. Safe for use by any
 * thread; blocks the caller for one request, at most the configured time.
 */
public final class HttpTokenReviewer implements TokenReviewer, AutoCloseable {

  private static final String PATH = "/apis/authentication.k8s.io/v1/tokenreviews";

  /** A TokenReview is a few KiB. */
  private static final int MAX_BODY_BYTES = 1 << 20;

  private final ApiServerClient client;

  /** A reviewer that has not connected yet. */
  public HttpTokenReviewer(ApiServerAccess access) {
    this.client = new ApiServerClient(access, MAX_BODY_BYTES);
  }

  @Override
  public TokenReview review(String token, List<String> audiences) {
    return switch (client.post(PATH, body(token, audiences))) {
      case ApiAnswer.Ok(JsonNode review) -> read(review);
      // Not the message: it may quote the token.
      case ApiAnswer.Refused(int status, _, _) ->
          new TokenReview.Failed("the API server answered " + status + " to a token review");
      case ApiAnswer.Failed(String reason) -> new TokenReview.Failed(reason);
    };
  }

  private ObjectNode body(String token, List<String> audiences) {
    ObjectNode review =
        client.newObject().put("apiVersion", "authentication.k8s.io/v1").put("kind", "TokenReview");
    ObjectNode spec = review.putObject("spec").put("token", token);
    if (!audiences.isEmpty()) {
      ArrayNode list = spec.putArray("audiences");
      audiences.forEach(list::add);
    }
    return review;
  }

  private static TokenReview read(JsonNode review) {
    JsonNode status = review.path("status");
    if (!status.isObject()) {
      return new TokenReview.Failed("the API server's answer is no TokenReview");
    }
    // Left out when false.
    if (!(status.path("authenticated") instanceof BooleanNode authenticated
        && authenticated.booleanValue())) {
      return new TokenReview.Rejected();
    }
    JsonNode user = status.path("user");
    Map<String, List<String>> extra = new LinkedHashMap<>();
    user.path("extra")
        .properties()
        .forEach(entry -> extra.put(entry.getKey(), texts(entry.getValue())));
    return new TokenReview.Authenticated(
        new UserInfo(
            user.path("username").asString(""),
            user.path("uid").asString(""),
            texts(user.path("groups")),
            extra),
        texts(status.path("audiences")));
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(node -> texts.add(node.asString("")));
    return texts;
  }

  /** Ends what runs. */
  @Override
  public void close() {
    client.close();
  }
}
