package io.gpuscaling.adapter.api.json;

import io.gpuscaling.adapter.api.ApiVersion;
import io.gpuscaling.adapter.api.CustomItem;
import io.gpuscaling.adapter.api.CustomQuery;
import io.gpuscaling.adapter.api.DescribedObject;
import io.gpuscaling.adapter.api.ExternalItem;
import io.gpuscaling.adapter.api.ExternalQuery;
import io.gpuscaling.adapter.api.quantity.Quantity;
import io.gpuscaling.core.metric.Labels;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/** Bodies with values: {@code MetricValueList} and {@code ExternalMetricValueList}. */
public final class ValueLists {

  private ValueLists() {}

  /**
   * The answer of the custom metrics API.
   *
   * @param version that of the request's path
   * @param now the time of the answer, from which each item's time of observation is told
   */
  public static Answer custom(
      ApiVersion version,
      CustomQuery query,
      List<CustomItem> items,
      Instant now,
      boolean isPretty) {
    boolean isFirst = version == ApiVersion.CUSTOM_V1BETA1;
    byte[] body =
        JsonBody.write(
            isPretty,
            json -> {
              start(json, "MetricValueList", version);
              for (CustomItem item : items) {
                json.writeStartObject();
                object(json, item.object());
                if (isFirst) {
                  json.writeStringProperty("metricName", query.metric());
                } else {
                  json.writeObjectPropertyStart("metric");
                  json.writeStringProperty("name", query.metric());
                  SelectorEcho.write(json, query.metricSelector());
                  json.writeEndObject();
                }
                json.writeStringProperty("timestamp", timestamp(now, item.age()));
                json.writeStringProperty("value", Quantity.format(item.value()));
                if (isFirst) {
                  SelectorEcho.write(json, query.metricSelector());
                }
                json.writeEndObject();
              }
              end(json);
            });
    return Answer.of(200, Answer.JSON, body);
  }

  /**
   * The answer of the external metrics API.
   *
   * @param now the time of the answer, from which each item's time of observation is told
   */
  public static Answer external(
      ExternalQuery query, List<ExternalItem> items, Instant now, boolean isPretty) {
    byte[] body =
        JsonBody.write(
            isPretty,
            json -> {
              start(json, "ExternalMetricValueList", ApiVersion.EXTERNAL_V1BETA1);
              for (ExternalItem item : items) {
                json.writeStartObject();
                json.writeStringProperty("metricName", query.metric());
                json.writeObjectPropertyStart("metricLabels");
                for (Labels.Label label : item.labels()) {
                  json.writeStringProperty(label.name(), label.value());
                }
                json.writeEndObject();
                json.writeStringProperty("timestamp", timestamp(now, item.age()));
                json.writeStringProperty("value", Quantity.format(item.value()));
                json.writeEndObject();
              }
              end(json);
            });
    return Answer.of(200, Answer.JSON, body);
  }

  private static void start(JsonGenerator json, String kind, ApiVersion version) {
    json.writeStartObject();
    json.writeStringProperty("kind", kind);
    json.writeStringProperty("apiVersion", version.groupVersion());
    json.writeObjectPropertyStart("metadata");
    json.writeEndObject();
    json.writeArrayPropertyStart("items");
  }

  private static void end(JsonGenerator json) {
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void object(JsonGenerator json, DescribedObject object) {
    json.writeObjectPropertyStart("describedObject");
    json.writeStringProperty("kind", object.kind());
    if (!object.namespace().isEmpty()) {
      json.writeStringProperty("namespace", object.namespace());
    }
    json.writeStringProperty("name", object.name());
    json.writeStringProperty("apiVersion", object.apiVersion());
    json.writeEndObject();
  }

  /** Whole seconds, as Go writes a time. */
  private static String timestamp(Instant now, Duration age) {
    return DateTimeFormatter.ISO_INSTANT.format(now.minus(age).truncatedTo(ChronoUnit.SECONDS));
  }
}
