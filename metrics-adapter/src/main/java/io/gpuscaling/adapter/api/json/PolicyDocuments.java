package io.gpuscaling.adapter.api.json;

import io.gpuscaling.adapter.api.ApiVersion;
import io.gpuscaling.adapter.api.InstallationAnswer;
import io.gpuscaling.adapter.api.InstallationQuery;
import io.gpuscaling.adapter.api.PolicyAnswer;
import io.gpuscaling.adapter.api.PolicySubresource;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonGenerator;

/** Writes what is known of a scaling policy, and of the installation. */
public final class PolicyDocuments {

  private PolicyDocuments() {}

  /** As an object of Kubernetes. */
  public static Answer of(
      PolicySubresource what,
      String namespace,
      String name,
      PolicyAnswer.Document document,
      boolean isPretty) {
    byte[] body =
        JsonBody.write(
            isPretty,
            json -> {
              json.writeStartObject();
              json.writeStringProperty("kind", what.kind());
              json.writeStringProperty(
                  "apiVersion", ApiVersion.SUBRESOURCES_V1ALPHA1.groupVersion());
              json.writeObjectPropertyStart("metadata");
              json.writeStringProperty("name", name);
              json.writeStringProperty("namespace", namespace);
              json.writeEndObject();
              fields(json, document.fields());
              json.writeEndObject();
            });
    return document.age().isPresent()
        ? Answer.document(Answer.JSON, body, document.age().get())
        : Answer.of(200, Answer.JSON, body);
  }

  /** What is known of the installation, as an object of Kubernetes. It is never kept. */
  public static Answer of(InstallationAnswer.Report report, boolean isPretty) {
    byte[] body =
        JsonBody.write(
            isPretty,
            json -> {
              json.writeStartObject();
              json.writeStringProperty("kind", InstallationQuery.KIND);
              json.writeStringProperty(
                  "apiVersion", ApiVersion.SUBRESOURCES_V1ALPHA1.groupVersion());
              json.writeObjectPropertyStart("metadata");
              json.writeStringProperty("name", InstallationQuery.NAME);
              json.writeEndObject();
              fields(json, report.fields());
              json.writeEndObject();
            });
    return Answer.of(200, Answer.JSON, body);
  }

  private static void fields(JsonGenerator json, Map<?, ?> fields) {
    fields.forEach((key, value) -> {
      if (value != null) {
        json.writeName(String.valueOf(key));
        value(json, value);
      }
    });
  }

  private static void value(JsonGenerator json, Object value) {
    switch (value) {
      case Map<?, ?> fields -> {
        json.writeStartObject();
        fields(json, fields);
        json.writeEndObject();
      }
      case List<?> items -> {
        json.writeStartArray();
        items.forEach(item -> value(json, item));
        json.writeEndArray();
      }
      case Boolean truth -> json.writeBoolean(truth);
      case Integer number -> json.writeNumber(number);
      case Long number -> json.writeNumber(number);
      case Double number -> json.writeNumber(number);
      default -> json.writeString(value.toString());
    }
  }
}
