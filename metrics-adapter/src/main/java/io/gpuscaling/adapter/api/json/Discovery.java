package io.gpuscaling.adapter.api.json;

import io.gpuscaling.adapter.api.ApiVersion;
import io.gpuscaling.adapter.api.MetricCatalogue;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;

/**
 * The discovery documents of one catalogue, as bytes made beforehand: what clients learn about the
 * APIs never waits on a source of data. Immutable.
 */
public final class Discovery {

  /** The media type of the aggregated document. */
  public static final String AGGREGATED_TYPE =
      "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

  private final MetricCatalogue catalogue;
  private final Variants aggregated;
  private final Variants groups;
  private final Map<String, Variants> byGroup = new HashMap<>();
  private final Map<ApiVersion, Variants> resources = new EnumMap<>(ApiVersion.class);

  /** A document as programs and as people like it. */
  private record Variants(Answer compact, Answer indented) {
    static Variants of(String type, Consumer<JsonGenerator> content) {
      return new Variants(
          Answer.document(type, JsonBody.write(false, content)),
          Answer.document(type, JsonBody.write(true, content)));
    }

    Answer pick(boolean isPretty) {
      return isPretty ? indented : compact;
    }
  }

  private Discovery(MetricCatalogue catalogue, Collection<ApiVersion> served) {
    this.catalogue = catalogue;
    List<ApiVersion> versions =
        Arrays.stream(ApiVersion.values()).filter(served::contains).toList();
    List<String> names = versions.stream().map(ApiVersion::group).distinct().toList();
    var listed = new EnumMap<ApiVersion, ListedMetrics>(ApiVersion.class);
    for (ApiVersion version : versions) {
      ListedMetrics metrics = ListedMetrics.of(version, catalogue);
      listed.put(version, metrics);
      resources.put(
          version, Variants.of(Answer.JSON, json -> resourceList(json, version, metrics)));
    }
    aggregated =
        Variants.of(AGGREGATED_TYPE, json -> AggregatedDiscovery.write(json, names, listed));
    groups = Variants.of(Answer.JSON, json -> groupList(json, names, versions));
    for (String group : names) {
      byGroup.put(group, Variants.of(Answer.JSON, json -> group(json, group, versions, true)));
    }
  }

  /** Builds the documents of all versions. */
  public static Discovery of(MetricCatalogue catalogue) {
    return of(catalogue, List.of(ApiVersion.values()));
  }

  /**
   * Builds the documents.
   *
   * @param served which versions are served; of the others nothing is said
   */
  public static Discovery of(MetricCatalogue catalogue, Collection<ApiVersion> served) {
    return new Discovery(catalogue, served);
  }

  /** What the documents were built from. */
  public MetricCatalogue catalogue() {
    return catalogue;
  }

  /** {@code /apis}, asked for in its aggregated form. */
  public Answer aggregated(boolean isPretty) {
    return aggregated.pick(isPretty);
  }

  /** {@code /apis}. */
  public Answer groups(boolean isPretty) {
    return groups.pick(isPretty);
  }

  /**
   * {@code /apis/GROUP}.
   *
   * @throws IllegalArgumentException for a group that is not served
   */
  public Answer group(String group, boolean isPretty) {
    Variants variants = byGroup.get(group);
    if (variants == null) {
      throw new IllegalArgumentException(group);
    }
    return variants.pick(isPretty);
  }

  /** {@code /apis/GROUP/VERSION}. */
  public Answer resources(ApiVersion version, boolean isPretty) {
    Variants variants = resources.get(version);
    if (variants == null) {
      throw new IllegalArgumentException(version.groupVersion());
    }
    return variants.pick(isPretty);
  }

  private static void resourceList(JsonGenerator json, ApiVersion version, ListedMetrics metrics) {
    json.writeStartObject();
    json.writeStringProperty("kind", "APIResourceList");
    json.writeStringProperty("apiVersion", "v1");
    json.writeStringProperty("groupVersion", version.groupVersion());
    json.writeArrayPropertyStart("resources");
    metrics
        .parents()
        .forEach((resource, parent) -> {
          if (parent.metrics().isEmpty()) {
            resource(json, resource, parent.isNamespaced(), ListedMetrics.kindOf(version));
          }
          for (String metric : parent.metrics()) {
            resource(
                json,
                resource + "/" + metric,
                parent.isNamespaced(),
                ListedMetrics.kindOf(version, metric));
          }
        });
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void resource(JsonGenerator json, String name, boolean isNamespaced, String kind) {
    json.writeStartObject();
    json.writeStringProperty("name", name);
    json.writeStringProperty("singularName", "");
    json.writeBooleanProperty("namespaced", isNamespaced);
    json.writeStringProperty("kind", kind);
    json.writeArrayPropertyStart("verbs");
    json.writeString("get");
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void groupList(JsonGenerator json, List<String> names, List<ApiVersion> served) {
    json.writeStartObject();
    json.writeStringProperty("kind", "APIGroupList");
    json.writeStringProperty("apiVersion", "v1");
    json.writeArrayPropertyStart("groups");
    names.forEach(group -> group(json, group, served, false));
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void group(
      JsonGenerator json, String group, List<ApiVersion> served, boolean isWhole) {
    List<ApiVersion> versions = served.stream().filter(v -> v.group().equals(group)).toList();
    json.writeStartObject();
    if (isWhole) {
      json.writeStringProperty("kind", "APIGroup");
      json.writeStringProperty("apiVersion", "v1");
    }
    json.writeStringProperty("name", group);
    json.writeArrayPropertyStart("versions");
    versions.forEach(version -> {
      json.writeStartObject();
      version(json, version);
    });
    json.writeEndArray();
    json.writeObjectPropertyStart("preferredVersion");
    version(json, versions.getFirst());
    json.writeEndObject();
  }

  private static void version(JsonGenerator json, ApiVersion version) {
    json.writeStringProperty("groupVersion", version.groupVersion());
    json.writeStringProperty("version", version.version());
    json.writeEndObject();
  }
}
