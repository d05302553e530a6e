package io.gpuscaling.adapter.api.json;

import io.gpuscaling.adapter.api.ApiVersion;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonGenerator;

/** Writes the one document with all groups, of {@code apidiscovery.k8s.io/v2}. */
final class AggregatedDiscovery {

  private AggregatedDiscovery() {}

  static void write(
      JsonGenerator json, List<String> groups, Map<ApiVersion, ListedMetrics> listed) {
    json.writeStartObject();
    json.writeStringProperty("kind", "APIGroupDiscoveryList");
    json.writeStringProperty("apiVersion", "apidiscovery.k8s.io/v2");
    json.writeObjectPropertyStart("metadata");
    json.writeEndObject();
    json.writeArrayPropertyStart("items");
    for (String group : groups) {
      json.writeStartObject();
      json.writeObjectPropertyStart("metadata");
      json.writeStringProperty("name", group);
      json.writeEndObject();
      json.writeArrayPropertyStart("versions");
      listed.forEach((version, metrics) -> {
        if (version.group().equals(group)) {
          version(json, version, metrics);
        }
      });
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void version(JsonGenerator json, ApiVersion version, ListedMetrics metrics) {
    json.writeStartObject();
    json.writeStringProperty("version", version.version());
    json.writeStringProperty("freshness", "Current");
    json.writeArrayPropertyStart("resources");
    metrics.parents().forEach((resource, parent) -> resource(json, version, resource, parent));
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void resource(
      JsonGenerator json, ApiVersion version, String resource, ListedMetrics.Parent parent) {
    boolean isMetric = parent.metrics().isEmpty();
    json.writeStartObject();
    json.writeStringProperty("resource", resource);
    responseKind(json, isMetric ? ListedMetrics.kindOf(version) : "");
    json.writeStringProperty("scope", parent.isNamespaced() ? "Namespaced" : "Cluster");
    json.writeStringProperty("singularResource", "");
    verbs(json, isMetric);
    if (!isMetric) {
      json.writeArrayPropertyStart("subresources");
      for (String metric : parent.metrics()) {
        json.writeStartObject();
        json.writeStringProperty("subresource", metric);
        responseKind(json, ListedMetrics.kindOf(version, metric));
        verbs(json, true);
        json.writeEndObject();
      }
      json.writeEndArray();
    }
    json.writeEndObject();
  }

  /** Always there, even with nothing in it: some clients crash otherwise. */
  private static void responseKind(JsonGenerator json, String kind) {
    json.writeObjectPropertyStart("responseKind");
    json.writeStringProperty("group", "");
    json.writeStringProperty("version", "");
    json.writeStringProperty("kind", kind);
    json.writeEndObject();
  }

  private static void verbs(JsonGenerator json, boolean get) {
    json.writeArrayPropertyStart("verbs");
    if (get) {
      json.writeString("get");
    }
    json.writeEndArray();
  }
}
