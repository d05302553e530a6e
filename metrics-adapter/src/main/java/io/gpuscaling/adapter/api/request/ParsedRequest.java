package io.gpuscaling.adapter.api.request;

import io.gpuscaling.adapter.api.ApiError;
import io.gpuscaling.adapter.api.ApiVersion;
import io.gpuscaling.kubernetes.identity.AccessRequest;
import io.gpuscaling.kubernetes.identity.UserInfo;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A request's method and target, read once: the authorizer and the router both go by it, so that
 * what is authorized is what is served. Immutable.
 */
public final class ParsedRequest {

  private static final Set<String> COUNTED_VERBS =
      Set.of(
          "get",
          "list",
          "watch",
          "create",
          "update",
          "patch",
          "delete",
          "deletecollection",
          "post",
          "put",
          "head");

  private final String method;
  private final RequestInfo info;
  private final @Nullable RequestTarget target;
  private final String problem;

  private ParsedRequest(
      String method, RequestInfo info, @Nullable RequestTarget target, String problem) {
    this.method = method;
    this.info = info;
    this.target = target;
    this.problem = problem;
  }

  /**
   * Reads a request line.
   *
   * @param method the HTTP method
   * @param target path and query as they came
   */
  public static ParsedRequest of(String method, String target) {
    try {
      RequestTarget parsed = RequestTarget.parse(target);
      return new ParsedRequest(method, RequestInfo.of(method, parsed), parsed, "");
    } catch (MalformedTarget e) {
      // Still authorized, as a path of its own that no rule for an exact path can match.
      int end = Math.min(target.length(), RequestTarget.MAX_LENGTH);
      RequestInfo raw = RequestInfo.nonResource(method, "malformed:" + target.substring(0, end));
      return new ParsedRequest(method, raw, null, String.valueOf(e.getMessage()));
    }
  }

  /** What the user must be allowed to do for this request. */
  public AccessRequest access(UserInfo user) {
    return info.by(user);
  }

  /** How long the caller waits, at most {@link Router#MAX_TIMEOUT}. */
  public Duration timeout() {
    try {
      return target == null ? Router.MAX_TIMEOUT : Router.timeout(target.query());
    } catch (BadParameter e) {
      return Router.MAX_TIMEOUT; // the router will say so
    }
  }

  /** Whether it asks for health: probes must get through when nothing else does. */
  public boolean isProbe() {
    return target != null
        && !target.segments().isEmpty()
        && Router.isProbe(target.segments().getFirst());
  }

  /** The decoded path, for logs. */
  public String path() {
    return info.path();
  }

  /** The verb by which requests are counted, of the small set that Kubernetes knows. */
  public String countedVerb() {
    return COUNTED_VERBS.contains(info.verb()) ? info.verb() : "other";
  }

  /** The API group by which requests are counted; empty for none and for groups not served. */
  public String group() {
    return ApiVersion.isServed(info.group()) ? info.group() : "";
  }

  /**
   * What the request is for. To be called once it is allowed.
   *
   * @param negotiation what its headers say about the answer
   * @param options which optional forms of requests are served
   */
  public MetricsRequest route(Negotiation negotiation, RouteOptions options) {
    if (target == null) {
      return new MetricsRequest.Refused(new ApiError.BadRequest(problem));
    }
    return new Router(method, target, negotiation, options).route();
  }
}
