package io.gpuscaling.adapter.api.json;

import io.gpuscaling.adapter.api.ApiVersion;
import io.gpuscaling.adapter.api.Contribution;
import io.gpuscaling.adapter.api.Contributions;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.adapter.api.quantity.Quantity;
import java.time.Duration;
import java.util.OptionalDouble;
import tools.jackson.core.JsonGenerator;

/** Bodies that say who contributes to a value: {@code MetricContributors}. */
public final class ContributorLists {

  private ContributorLists() {}

  /**
   * The answer to {@code ?contributors=true}.
   *
   * @param version that of the request's path
   */
  public static Answer of(
      ApiVersion version, String metric, Contributions contributions, boolean isPretty) {
    byte[] body =
        JsonBody.write(
            isPretty,
            json -> {
              json.writeStartObject();
              json.writeStringProperty("kind", "MetricContributors");
              json.writeStringProperty("apiVersion", version.groupVersion());
              json.writeObjectPropertyStart("metadata");
              json.writeEndObject();
              json.writeStringProperty("metric", metric);
              json.writeNumberProperty("expected", contributions.expected());
              json.writeNumberProperty("missing", contributions.absent());
              if (contributions.failure().orElse(null)
                  instanceof QueryFailure.Unavailable(String sentence)) {
                json.writeStringProperty("message", sentence);
              }
              json.writeArrayPropertyStart("contributors");
              contributions.named().forEach(it -> write(json, it));
              json.writeEndArray();
              json.writeEndObject();
            });
    return Answer.of(200, Answer.JSON, body);
  }

  private static void write(JsonGenerator json, Contribution contribution) {
    json.writeStartObject();
    json.writeStringProperty("kind", contribution.kind().word());
    json.writeStringProperty("name", contribution.name());
    json.writeStringProperty("source", contribution.source());
    switch (contribution) {
      case Contribution.Given(_, _, _, Duration age, OptionalDouble value) -> {
        json.writeNumberProperty("ageSeconds", age.toSeconds());
        if (value.isPresent() && Double.isFinite(value.getAsDouble())) {
          json.writeStringProperty("value", Quantity.format(value.getAsDouble()));
        }
      }
      case Contribution.Absent(_, _, _, String why) -> json.writeStringProperty("missing", why);
    }
    json.writeEndObject();
  }
}
