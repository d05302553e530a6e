package io.gpuscaling.exporter.config;

import io.gpuscaling.core.config.ConfigNode;
import io.gpuscaling.core.config.HostPort;
import io.gpuscaling.core.config.ScalarType;
import io.gpuscaling.core.config.SecretUri;
import io.gpuscaling.exporter.rabbitmq.BrokerSettings;
import io.gpuscaling.exporter.rabbitmq.QueueId;
import io.gpuscaling.exporter.rabbitmq.QueuePattern;
import io.gpuscaling.exporter.rabbitmq.QueueSelection;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads {@code rabbitmq.brokers}. Faults are reported to the nodes, all of them. */
final class BrokerEntries {

  /** In one process: each has sources, connections and a Lease. */
  static final int MAX_BROKERS = 32;

  private static final ScalarType<String> TEXT = ScalarType.text("TEXT");
  private static final ScalarType<Path> FILE = ScalarType.filePath();
  private static final ScalarType<URI> URL = ScalarType.uri("http", "https");
  private static final ScalarType<SecretUri> BROKER_URI = ScalarType.secretUri("amqp", "amqps");
  private static final String QUEUES = "queues";
  private static final String MANAGEMENT_URL = "managementUrl";
  private static final Set<String> KEYS =
      Set.of(
          "name",
          "uri",
          "addresses",
          "passwordFile",
          "caFile",
          "certFile",
          "keyFile",
          MANAGEMENT_URL,
          "prometheusUrls",
          QUEUES);

  private BrokerEntries() {}

  static Optional<List<BrokerEntry>> read(ConfigNode list) {
    List<ConfigNode> items = list.items();
    List<BrokerEntry> entries = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (ConfigNode item : items) {
      Optional<BrokerEntry> entry = entry(item);
      entry.ifPresent(entries::add);
      if (entry.isPresent() && !names.add(entry.get().broker().name())) {
        item.problem("a broker of this name is listed before: " + entry.get().broker().name());
        return Optional.empty();
      }
    }
    if (items.size() > MAX_BROKERS) {
      list.problem("has " + items.size() + " brokers; allowed: " + MAX_BROKERS);
      return Optional.empty();
    }
    return entries.size() == items.size() ? Optional.of(List.copyOf(entries)) : Optional.empty();
  }

  private static Optional<BrokerEntry> entry(ConfigNode item) {
    Map<String, ConfigNode> entries = item.entries(KEYS);
    Optional<String> name = item.required(entries, "name", TEXT);
    Optional<SecretUri> uri = item.required(entries, "uri", BROKER_URI);
    Optional<Path> passwordFile = item.optional(entries, "passwordFile", FILE);
    var tls =
        new BrokerSettings.TlsFiles(
            item.optional(entries, "caFile", FILE).orElse(null),
            item.optional(entries, "certFile", FILE).orElse(null),
            item.optional(entries, "keyFile", FILE).orElse(null));
    Optional<URI> management = item.optional(entries, MANAGEMENT_URL, URL);
    List<URI> prometheus = values(entries.get("prometheusUrls"), URL);
    List<HostPort> more = values(entries.get("addresses"), ScalarType.serverAddress());
    if ((tls.certFile() == null) != (tls.keyFile() == null)) {
      item.problem("certFile goes together with keyFile");
    }
    if (!entries.containsKey(QUEUES)) {
      item.problem("lacks queues: a list of {vhost, queue} or {vhost, pattern}");
    }
    if (name.isEmpty() || uri.isEmpty()) {
      return Optional.empty();
    }
    try {
      BrokerSettings broker =
          BrokerSettings.parse(
                  name.get(), uri.get().uri().toString(), passwordFile.orElse(null), tls)
              .withAddresses(more)
              .with(management.orElse(null), prometheus);
      return queues(broker, entries.get(QUEUES));
    } catch (IllegalArgumentException e) {
      item.problem(String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  private static <V> List<V> values(@Nullable ConfigNode list, ScalarType<V> type) {
    List<V> values = new ArrayList<>();
    if (list != null) {
      list.items().forEach(item -> item.value(type).ifPresent(values::add));
    }
    return values;
  }

  private static Optional<BrokerEntry> queues(BrokerSettings broker, @Nullable ConfigNode list) {
    if (list == null) {
      return Optional.empty();
    }
    List<QueueId> queues = new ArrayList<>();
    List<QueuePattern> patterns = new ArrayList<>();
    for (ConfigNode each : list.items()) {
      Map<String, ConfigNode> entries = each.entries(Set.of("vhost", "queue", "pattern"));
      String vhost = each.optional(entries, "vhost", TEXT).orElse(broker.vhost());
      Optional<String> queue = each.optional(entries, "queue", TEXT);
      Optional<String> pattern = each.optional(entries, "pattern", TEXT);
      if (entries.containsKey("queue") == entries.containsKey("pattern")) {
        each.problem("needs one of queue and pattern");
      }
      try {
        queue.ifPresent(it -> queues.add(new QueueId(vhost, it)));
        pattern.ifPresent(it -> patterns.add(new QueuePattern(vhost, it)));
      } catch (IllegalArgumentException e) {
        each.problem(String.valueOf(e.getMessage()));
      }
    }
    if (!patterns.isEmpty() && broker.managementUrl() == null) {
      list.problem("a pattern needs managementUrl: only the management API lists queues");
    }
    try {
      // What is wrong with the list as a whole; its share of all queues is the program's to say.
      var _ = new QueueSelection(queues, patterns, QueueSelection.MAX_QUEUES);
    } catch (IllegalArgumentException e) {
      list.problem(String.valueOf(e.getMessage()));
      return Optional.empty();
    }
    return Optional.of(new BrokerEntry(broker, queues, patterns));
  }
}
