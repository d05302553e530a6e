package io.gpuscaling.adapter.api.json;

import io.gpuscaling.adapter.api.ApiError;
import io.gpuscaling.kubernetes.identity.AccessRequest;
import org.jspecify.annotations.Nullable;

/** Turns what went wrong into a {@code Status}; the one place that picks an HTTP code for it. */
public final class StatusWriter {

  private StatusWriter() {}

  /** The resource that a Status is about. */
  private record Details(String group, String kind, String name) {}

  /** The answer for an error. */
  public static Answer answer(ApiError error) {
    return switch (error) {
      case ApiError.BadRequest(String message) -> status(400, "BadRequest", message);
      case ApiError.Unauthorized() -> status(401, "Unauthorized", "Unauthorized");
      case ApiError.Forbidden(AccessRequest access, String reason) -> forbidden(access, reason);
      case ApiError.Refused(String message) -> status(403, "Forbidden", message);
      case ApiError.NoSuchPath() ->
          status(404, "NotFound", "the server could not find the requested resource");
      case ApiError.NotFound(String message) -> status(404, "NotFound", message);
      case ApiError.MethodNotAllowed(String message) -> status(405, "MethodNotAllowed", message);
      case ApiError.NotAcceptable() ->
          status(
              406,
              "NotAcceptable",
              "only the following media types are accepted: application/json");
      case ApiError.BodyTooLarge() ->
          status(413, "RequestEntityTooLarge", "a request for metrics needs no body");
      case ApiError.TargetTooLong() ->
          status(414, "RequestURITooLong", "the path and query are too long");
      case ApiError.HeadersTooLarge() ->
          status(431, "RequestHeaderFieldsTooLarge", "the headers are too large");
      case ApiError.TooManyRequests() ->
          status(429, "TooManyRequests", "too many requests are being served, try again later");
      case ApiError.Internal(String message) -> status(500, "InternalError", message);
      case ApiError.Unavailable(String message) -> status(503, "ServiceUnavailable", message);
      case ApiError.TimedOut(String message) -> status(504, "Timeout", "Timeout: " + message);
    };
  }

  private static Answer forbidden(AccessRequest access, String reason) {
    String because = reason.isEmpty() ? "" : ": " + reason;
    return switch (access) {
      case AccessRequest.Resource resource -> {
        String kind = resource.resource() + "." + resource.group();
        String subject = resource.name().isEmpty() ? kind : kind + " " + quoted(resource.name());
        yield write(
            403,
            "Forbidden",
            escaped(subject + " is forbidden: " + wish(resource) + because),
            new Details(resource.group(), resource.resource(), resource.name()));
      }
      case AccessRequest.NonResource(var user, String verb, String path) ->
          write(
              403,
              "Forbidden",
              escaped(
                  "forbidden: User "
                      + quoted(user.name())
                      + " cannot "
                      + verb
                      + " path "
                      + quoted(path)
                      + because),
              new Details("", "", ""));
    };
  }

  private static String wish(AccessRequest.Resource access) {
    String resource =
        access.subresource().isEmpty()
            ? access.resource()
            : access.resource() + "/" + access.subresource();
    return "User "
        + quoted(access.user().name())
        + " cannot "
        + access.verb()
        + " resource "
        + quoted(resource)
        + " in API group "
        + quoted(access.group())
        + (access.namespace().isEmpty()
            ? " at the cluster scope"
            : " in the namespace " + quoted(access.namespace()));
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  /** So that a page that shows the message cannot be made to run it. */
  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  private static Answer status(int code, String reason, String message) {
    return write(code, reason, message, null);
  }

  private static Answer write(int code, String reason, String message, @Nullable Details details) {
    byte[] body =
        JsonBody.write(
            false,
            json -> {
              json.writeStartObject();
              json.writeStringProperty("kind", "Status");
              json.writeStringProperty("apiVersion", "v1");
              json.writeObjectPropertyStart("metadata");
              json.writeEndObject();
              json.writeStringProperty("status", "Failure");
              json.writeStringProperty("message", message);
              json.writeStringProperty("reason", reason);
              if (details != null) {
                json.writeObjectPropertyStart("details");
                if (!details.name.isEmpty()) {
                  json.writeStringProperty("name", details.name);
                }
                if (!details.group.isEmpty()) {
                  json.writeStringProperty("group", details.group);
                }
                if (!details.kind.isEmpty()) {
                  json.writeStringProperty("kind", details.kind);
                }
                json.writeEndObject();
              }
              json.writeNumberProperty("code", code);
              json.writeEndObject();
            });
    return Answer.of(code, Answer.JSON, body);
  }
}
