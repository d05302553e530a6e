package io.gpuscaling.cli.doctor;

import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** What all Kubernetes objects have. */
final class KubeObject {

  private KubeObject() {}

  static String name(JsonNode object) {
    return object.at("/metadata/name").asString("");
  }

  static String namespace(JsonNode object) {
    return object.at("/metadata/namespace").asString("");
  }

  /** {@code namespace/name}. */
  static String place(JsonNode object) {
    return namespace(object) + "/" + name(object);
  }

  static Optional<JsonNode> condition(JsonNode object, String type) {
    for (JsonNode condition : object.at("/status/conditions")) {
      if (condition.path("type").asString("").equals(type)) {
        return Optional.of(condition);
      }
    }
    return Optional.empty();
  }

  static boolean isTrue(JsonNode condition) {
    return condition.path("status").asString("").equals("True");
  }

  static boolean isTrue(JsonNode object, String type) {
    return condition(object, type).map(KubeObject::isTrue).orElse(false);
  }
}
