package io.gpuscaling.cli.doctor;

import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.kubernetes.yaml.YamlDocuments;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the adapter's file says of grants and queries. Flags and the environment are not seen: these
 * keys have none.
 */
record AdapterConfig(JsonNode root) {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String NAMESPACES = "namespaces";

  static Optional<AdapterConfig> of(Facts facts) {
    String text =
        facts.object(Question.ADAPTER_CONFIG).path("data").path("config.yaml").asString("");
    return YamlDocuments.read(text)
            instanceof Read.Valid<List<Map<String, Object>>>(List<Map<String, Object>> documents)
        ? documents.stream().findFirst().map(it -> new AdapterConfig(JSON.valueToTree(it)))
        : Optional.empty();
  }

  /** Whether a namespace may read a queue; without a queue, any. */
  boolean grantsQueue(String namespace, Optional<String> queue) {
    for (JsonNode grant : root.path("grants")) {
      for (JsonNode granted : grant.path("queues")) {
        boolean isThis =
            queue.isEmpty() || matches(granted.path("queue").asString("*"), queue.get());
        if (isThis && names(texts(grant.path(NAMESPACES)), namespace)) {
          return true;
        }
      }
    }
    return false;
  }

  boolean grantsNodes(String namespace) {
    for (JsonNode grant : root.path("grants")) {
      if (grant.path("nodes").asBoolean(false) && names(texts(grant.path(NAMESPACES)), namespace)) {
        return true;
      }
    }
    return false;
  }

  boolean hasPrometheus() {
    return !root.at("/prometheus/url").asString("").isEmpty();
  }

  List<String> queries() {
    return root.at("/prometheus/queries")
        .valueStream()
        .map(it -> it.path("name").asString(""))
        .toList();
  }

  /** Which namespaces a query is for; nothing where there is none of the name. */
  Optional<List<String>> namespacesOfQuery(String name) {
    return root.at("/prometheus/queries")
        .valueStream()
        .filter(it -> it.path("name").asString("").equals(name))
        .map(it -> texts(it.path(NAMESPACES)))
        .findFirst();
  }

  boolean names(List<String> patterns, String namespace) {
    return patterns.stream().anyMatch(it -> matches(it, namespace));
  }

  private static List<String> texts(JsonNode list) {
    return list.valueStream().map(it -> it.asString("")).toList();
  }

  /** {@code *} stands for any text. */
  private static boolean matches(String pattern, String text) {
    return Pattern.matches(Pattern.quote(pattern).replace("*", "\\E.*\\Q"), text);
  }
}
