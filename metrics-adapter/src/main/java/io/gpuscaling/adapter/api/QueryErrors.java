package io.gpuscaling.adapter.api;

/** Says a query's failure in the words of the metrics APIs. */
public final class QueryErrors {

  private QueryErrors() {}

  /** For a query of the external metrics API. */
  public static ApiError of(QueryFailure failure, ExternalQuery query) {
    String message = "the server could not find the metric " + query.metric();
    return of(failure, message, message + suffix(query.metricSelector().toString()));
  }

  /** For a query of the custom metrics API. */
  public static ApiError of(QueryFailure failure, CustomQuery query) {
    String message =
        "the server could not find the metric " + query.metric() + " for " + query.resource();
    String named = message + " " + query.name() + suffix(query.metricSelector().toString());
    return of(failure, message, named);
  }

  private static String suffix(String selector) {
    return selector.isEmpty() ? "" : " with selector " + selector;
  }

  private static ApiError of(QueryFailure failure, String unknown, String missing) {
    return switch (failure) {
      case QueryFailure.UnknownMetric() -> new ApiError.NotFound(unknown);
      case QueryFailure.NoSuchObject() -> new ApiError.NotFound(missing);
      case QueryFailure.NotGranted(String sentence) -> new ApiError.Refused(sentence);
      case QueryFailure.Ambiguous(String sentence) -> new ApiError.BadRequest(sentence);
      case QueryFailure.Unavailable(String sentence) -> new ApiError.Unavailable(sentence);
    };
  }
}
