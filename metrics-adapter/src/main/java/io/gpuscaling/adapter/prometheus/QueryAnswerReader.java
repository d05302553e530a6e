package io.gpuscaling.adapter.prometheus;

import io.gpuscaling.adapter.prometheus.QueryAnswer.Failed;
import io.gpuscaling.adapter.prometheus.QueryAnswer.Found;
import java.time.Instant;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Understands answers of {@code /api/v1/query} (prometheus, docs/querying/api.md: Format overview,
 * Expression query result formats). Pure.
 */
final class QueryAnswerReader {

  private static final int MAX_DEPTH = 20;
  private static final int MAX_DETAIL_CHARS = 500;

  /** As Go's strconv.FormatFloat(f, 'f' or 'e', -1, 64) writes finite numbers. */
  private static final Pattern FINITE = Pattern.compile("[-+]?\\d+(\\.\\d+)?([eE][-+]?\\d+)?");

  private static final Pattern NOT_FINITE = Pattern.compile("[-+]?Inf|NaN");

  /** Year 9999; what is beyond is no time. */
  private static final double MAX_SECONDS = 253_402_300_799.0;

  private static final double MILLIS = 1000;

  private final JsonMapper json =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
                  .build())
          .build();

  /** Of a whole body. */
  QueryAnswer read(int status, byte[] body) {
    JsonNode answer;
    try {
      answer = json.readTree(body);
    } catch (JacksonException _) {
      return status == 200
          ? new Failed(QueryFailure.MALFORMED, "Prometheus' answer is no JSON")
          : status(status);
    }
    String outcome = answer == null ? "" : answer.path("status").asString("");
    if (outcome.equals("error")) {
      String type = answer.path("errorType").asString("");
      return new Failed(
          QueryFailure.QUERY,
          "Prometheus cannot answer it (the adapter's log says more)",
          shown(type + ": " + answer.path("error").asString("")));
    }
    if (status != 200) {
      return status(status);
    }
    if (!outcome.equals("success")) {
      return malformed("no status");
    }
    JsonNode warnings = answer.path("warnings");
    if (!warnings.isMissingNode() && !(warnings.isArray() && warnings.isEmpty())) {
      return new Failed(
          QueryFailure.WARNING,
          "Prometheus answers with warnings, so that a part may be missing (the adapter's log says"
              + " more)",
          shown(warnings.toString()));
    }
    return result(answer.path("data"));
  }

  private static QueryAnswer status(int status) {
    return status == 401 || status == 403
        ? new Failed(QueryFailure.REFUSED, "Prometheus refuses the adapter: status " + status)
        : new Failed(QueryFailure.STATUS, "Prometheus answers with status " + status);
  }

  private static QueryAnswer result(JsonNode data) {
    JsonNode result = data.path("result");
    String type = data.path("resultType").asString("");
    return switch (type) {
      case "scalar" -> number(result);
      case "vector" -> {
        if (!result.isArray()) {
          yield malformed("no vector");
        }
        if (result.isEmpty()) {
          yield new Failed(QueryFailure.EMPTY, "the result has no series");
        }
        if (result.size() > 1) {
          yield new Failed(
              QueryFailure.SEVERAL,
              "the result has " + result.size() + " series and must have one: aggregate them");
        }
        JsonNode series = result.path(0);
        yield series.has("value")
            ? number(series.path("value"))
            : new Failed(QueryFailure.NO_NUMBER, "the result is a histogram, not a number");
      }
      case "matrix", "string" ->
          new Failed(QueryFailure.NO_NUMBER, "the result is a " + type + ", not a number");
      default -> malformed("unknown type of result");
    };
  }

  private static QueryAnswer number(JsonNode pair) {
    JsonNode at = pair.path(0);
    JsonNode value = pair.path(1);
    if (!pair.isArray() || pair.size() != 2 || !at.isNumber() || !value.isString()) {
      return malformed("no pair of time and value");
    }
    double seconds = at.asDouble(-1);
    if (!(seconds >= 0 && seconds <= MAX_SECONDS)) {
      return malformed("no time");
    }
    String text = value.asString("");
    if (NOT_FINITE.matcher(text).matches()) {
      return new Failed(QueryFailure.NOT_FINITE, "the result is " + text);
    }
    double number = FINITE.matcher(text).matches() ? Double.parseDouble(text) : Double.NaN;
    return Double.isFinite(number)
        ? new Found(number, Instant.ofEpochMilli(Math.round(seconds * MILLIS)))
        : malformed("no number");
  }

  private static Failed malformed(String detail) {
    return new Failed(QueryFailure.MALFORMED, "Prometheus' answer is not understood", detail);
  }

  /** One short line. */
  private static String shown(String text) {
    String line = text.replaceAll("\\p{Cntrl}", " ");
    return line.length() <= MAX_DETAIL_CHARS ? line : line.substring(0, MAX_DETAIL_CHARS) + "...";
  }
}
