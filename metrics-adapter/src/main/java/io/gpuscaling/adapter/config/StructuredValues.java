package io.gpuscaling.adapter.config;

import io.gpuscaling.adapter.ingest.ExporterScope;
import io.gpuscaling.adapter.metrics.Grants;
import io.gpuscaling.adapter.metrics.Grants.Glob;
import io.gpuscaling.adapter.metrics.Grants.Grant;
import io.gpuscaling.adapter.metrics.Grants.QueuePattern;
import io.gpuscaling.core.config.ConfigNode;
import io.gpuscaling.core.config.ScalarType;
import io.gpuscaling.kubernetes.identity.ServiceAccount;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the keys of the configuration file that are lists of things. Faults are reported to the
 * nodes.
 */
final class StructuredValues {

  private static final ScalarType<String> NAME = ScalarType.text("NAME");
  private static final String ANY = "*";

  private StructuredValues() {}

  static Optional<Map<ServiceAccount, ExporterScope>> identities(ConfigNode list) {
    Map<ServiceAccount, ExporterScope> identities = new LinkedHashMap<>();
    boolean sound = true;
    for (ConfigNode item : list.items()) {
      Map<String, ConfigNode> entries = item.entries(Set.of("namespace", "name", "scope"));
      Optional<String> namespace = item.required(entries, "namespace", NAME);
      Optional<String> name = item.required(entries, "name", NAME);
      Optional<ExporterScope> scope =
          item.required(entries, "scope", ScalarType.oneOf(ExporterScope.class));
      if (namespace.isEmpty() || name.isEmpty() || scope.isEmpty()) {
        sound = false;
      } else if (identities.put(new ServiceAccount(namespace.get(), name.get()), scope.get())
          != null) {
        item.problem("the ServiceAccount is listed twice");
        sound = false;
      }
    }
    return sound ? Optional.of(Map.copyOf(identities)) : Optional.empty();
  }

  static Optional<Grants> grants(ConfigNode list) {
    List<Grant> grants = new ArrayList<>();
    boolean sound = true;
    for (ConfigNode item : list.items()) {
      Map<String, ConfigNode> entries = item.entries(Set.of("namespaces", "queues", "nodes"));
      List<String> namespaces = new ArrayList<>();
      ConfigNode names = entries.get("namespaces");
      if (names == null) {
        item.problem("needs namespaces: a list of names, or [\"*\"]");
        sound = false;
      } else {
        names.items().forEach(name -> name.value(NAME).ifPresent(namespaces::add));
      }
      List<QueuePattern> queues = new ArrayList<>();
      if (entries.containsKey("queues")) {
        for (ConfigNode queue : entries.get("queues").items()) {
          Optional<QueuePattern> pattern = queue(queue);
          sound &= pattern.isPresent();
          pattern.ifPresent(queues::add);
        }
      }
      boolean nodes = item.optional(entries, "nodes", ScalarType.bool()).orElse(false);
      grants.add(new Grant(namespaces, queues, nodes));
    }
    return sound ? Optional.of(new Grants(grants)) : Optional.empty();
  }

  private static Optional<QueuePattern> queue(ConfigNode node) {
    Map<String, ConfigNode> entries = node.entries(Set.of("broker", "vhost", "queue"));
    Glob broker = new Glob(node.optional(entries, "broker", NAME).orElse(ANY));
    Glob vhost = new Glob(node.optional(entries, "vhost", NAME).orElse(ANY));
    return node.required(entries, "queue", NAME)
        .map(queue -> new QueuePattern(broker, vhost, new Glob(queue)));
  }
}
