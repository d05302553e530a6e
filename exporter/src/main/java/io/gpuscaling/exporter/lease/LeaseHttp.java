package io.gpuscaling.exporter.lease;

import io.gpuscaling.core.http.EndpointRequest;
import io.gpuscaling.core.http.EndpointResponse;
import io.gpuscaling.core.http.Route;
import io.grpc.Status;
import io.grpc.StatusException;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The calls of workers that come in by HTTP with JSON: the same ones, for the same workers, with
 * the same refusals. Safe for use by any thread.
 */
final class LeaseHttp {

  private static final String JSON = "application/json";
  private static final String PREFIX = "/v1/leases/";

  private final LeaseCalls calls;
  private final WorkerAuthenticator authenticator;
  private final LeaseMetrics metrics;

  LeaseHttp(LeaseCalls calls, WorkerAuthenticator authenticator, LeaseMetrics metrics) {
    this.calls = calls;
    this.authenticator = authenticator;
    this.metrics = metrics;
  }

  /** One method's work, from the bytes of a request to those of its answer. */
  @FunctionalInterface
  private interface Call {
    byte[] answer(Caller caller, byte[] body) throws StatusException;
  }

  /** The routes of all methods. */
  Map<String, Route> routes() {
    return Map.of(
        PREFIX + "renew",
        route("renew", (caller, body) -> LeaseJson.of(calls.renew(caller, LeaseJson.renew(body)))),
        PREFIX + "start",
        route("start", (caller, body) -> LeaseJson.of(calls.start(caller, LeaseJson.start(body)))),
        PREFIX + "end",
        route("end", (caller, body) -> LeaseJson.of(calls.end(caller, LeaseJson.end(body)))),
        PREFIX + "close",
        route("close", (caller, body) -> LeaseJson.of(calls.close(caller, LeaseJson.close(body)))),
        PREFIX + "drain",
        route("drain", (caller, body) -> LeaseJson.of(calls.drain(caller, LeaseJson.drain(body)))));
  }

  private Route route(String method, Call call) {
    Function<EndpointRequest, EndpointResponse> handler =
        request ->
            switch (authenticator.identify(emptyToNull(request.authorization()))) {
              case WorkerAuthenticator.Identity.Known(Caller caller) ->
                  answer(method, call, caller, request);
              case WorkerAuthenticator.Identity.Refused(Status status) -> {
                metrics.refused(status.getCode());
                yield refusal(status);
              }
            };
    return new Route.Posted(LeaseLimits.MAX_MESSAGE_BYTES, handler);
  }

  private EndpointResponse answer(
      String method, Call call, Caller caller, EndpointRequest request) {
    try {
      byte[] answer = call.answer(caller, request.bodyBytes());
      metrics.answered(method, Status.Code.OK);
      return EndpointResponse.of(200, JSON, answer);
    } catch (StatusException e) {
      metrics.answered(method, e.getStatus().getCode());
      return refusal(e.getStatus());
    }
  }

  private static @Nullable String emptyToNull(String text) {
    return text.isEmpty() ? null : text;
  }

  /** As a client of Kubernetes reads it; those that may be tried again say so. */
  private static EndpointResponse refusal(Status status) {
    String message = status.getDescription() == null ? "" : status.getDescription();
    EndpointResponse response =
        switch (status.getCode()) {
          case UNAUTHENTICATED ->
              refusal(401, "Unauthorized", message).header("www-authenticate", "Bearer");
          case PERMISSION_DENIED -> refusal(403, "Forbidden", message);
          case INVALID_ARGUMENT -> refusal(400, "BadRequest", message);
          case NOT_FOUND -> refusal(404, "NotFound", message);
          case RESOURCE_EXHAUSTED -> refusal(429, "TooManyRequests", message);
          case FAILED_PRECONDITION -> refusal(409, "Conflict", message);
          case UNAVAILABLE -> refusal(503, "ServiceUnavailable", message);
          // Not used by the service; it would be a bug.
          case OK,
              CANCELLED,
              UNKNOWN,
              DEADLINE_EXCEEDED,
              ALREADY_EXISTS,
              ABORTED,
              OUT_OF_RANGE,
              UNIMPLEMENTED,
              INTERNAL,
              DATA_LOSS ->
              refusal(500, "InternalError", status.getCode().name().toLowerCase(Locale.ROOT));
        };
    return response.status() == 429 || response.status() == 503
        ? response.header("retry-after", "1")
        : response;
  }

  private static EndpointResponse refusal(int code, String reason, String message) {
    return EndpointResponse.of(code, JSON, LeaseJson.of(code, reason, message));
  }
}
