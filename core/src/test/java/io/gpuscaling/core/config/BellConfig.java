package io.gpuscaling.core.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Declaration of a made-up program, with a key of each kind. */
final class BellConfig {

  record Grant(String queue, int weight) {

    static Optional<List<Grant>> readAll(ConfigNode list) {
      var grants = new ArrayList<Grant>();
      for (ConfigNode item : list.items()) {
        var entries = item.entries(Set.of("queue", "weight"));
        Optional<String> queue = item.required(entries, "queue", ScalarType.text("QUEUE"));
        Optional<Integer> weight = item.optional(entries, "weight", ScalarType.integer(1, 9));
        queue.ifPresent(name -> grants.add(new Grant(name, weight.orElse(1))));
      }
      return Optional.of(List.copyOf(grants));
    }
  }

  static final ScalarKey<HostPort> LISTEN =
      ScalarKey.withDefault(
          "listen",
          ScalarType.listenAddress(),
          new HostPort("127.0.0.1", 9401),
          "Address of /metrics and of the probes.");
  static final ScalarKey<Duration> POLL_INTERVAL =
      ScalarKey.withDefault(
          "bell.pollInterval",
          ScalarType.duration(Duration.ofMillis(100), Duration.ofHours(1)),
          Duration.ofSeconds(1),
          "Time between two polls.");
  static final ScalarKey<Optional<SecretUri>> BROKER =
      ScalarKey.optional("bell.uri", ScalarType.secretUri("amqp", "amqps"), "The broker.");
  static final ScalarKey<List<String>> QUEUES =
      ScalarKey.list("bell.queues", ScalarType.text("QUEUE"), "Queues to poll.")
          .flag("--bell-queue");
  static final ScalarKey<Boolean> LOUD =
      ScalarKey.withDefault("bell.isLoud", ScalarType.bool(), false, "Whether it rings loudly.");
  static final ScalarKey<Optional<String>> TOKEN =
      ScalarKey.optional("bell.token", ScalarType.text("TOKEN"), "What opens the door.").secret();
  static final StructuredKey<List<Grant>> GRANTS =
      StructuredKey.of("bell.grants", List.of(), "Who may read what.", Grant::readAll);
  static final ScalarKey<String> NODE_NAME =
      ScalarKey.required("nodeName", ScalarType.text("NAME"), "Name of this node.");

  private BellConfig() {}

  static ConfigSchema schema() {
    return new ConfigSchema(
        List.of(
            new KeyGroup("Program", List.of(LISTEN, NODE_NAME)),
            new KeyGroup("Bell", List.of(POLL_INTERVAL, BROKER, QUEUES, LOUD, TOKEN, GRANTS))),
        List.of(
            new Validation(
                List.of(BROKER, QUEUES),
                config ->
                    config.get(BROKER).isEmpty() && !config.get(QUEUES).isEmpty()
                        ? List.of(config.problem(QUEUES, "needs bell.uri"))
                        : List.of())));
  }
}
