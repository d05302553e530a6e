package io.gpuscaling.exporter.rabbitmq.stats;

import io.gpuscaling.exporter.rabbitmq.QueueId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads answers of the management API. Whatever is not of the shape that it should be reads as
 * missing, an answer that is no JSON as empty. Pure; safe for use by any thread.
 */
final class ManagementJson {

  private static final int MAX_DEPTH = 50;
  private static final int MAX_TEXT = 64 * 1024;

  private final JsonMapper json =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_DEPTH)
                          .maxStringLength(MAX_TEXT)
                          .build())
                  .build())
          .build();

  /** The totals of a list of queues, by name; empty when it is no list. */
  Optional<Map<String, QueueTotals>> totals(byte[] body) {
    return list(body)
        .map(queues -> {
          Map<String, QueueTotals> totals = new HashMap<>();
          for (JsonNode queue : queues) {
            String name = queue.path("name").asString("");
            if (!name.isEmpty()) {
              totals.put(name, totals(queue));
            }
          }
          return totals;
        });
  }

  private static QueueTotals totals(JsonNode queue) {
    QueueKind kind = QueueKind.of(queue.path("type").asString(""));
    int members = queue.path("members").size();
    boolean hasMajority = 2 * queue.path("online").size() > members;
    boolean hasLeader =
        switch (kind) {
          case QUORUM -> members > 0 && hasMajority && !queue.path("leader").asString("").isEmpty();
          case CLASSIC, STREAM, UNKNOWN -> true;
        };
    return new QueueTotals(
        kind,
        hasLeader,
        queue.path("state").asString("").equals("running"),
        queue.path("exclusive").asBoolean(false),
        count(queue.path("messages_ready")),
        count(queue.path("messages_unacknowledged")),
        count(queue.path("messages")));
  }

  /** What seldom changes, by name; empty when it is no list. */
  Optional<Map<String, QueueFacts>> facts(byte[] body) {
    return list(body)
        .map(queues -> {
          Map<String, QueueFacts> facts = new HashMap<>();
          for (JsonNode queue : queues) {
            String name = queue.path("name").asString("");
            if (!name.isEmpty()) {
              facts.put(name, facts(queue));
            }
          }
          return facts;
        });
  }

  private static QueueFacts facts(JsonNode queue) {
    JsonNode arguments = queue.path("arguments");
    JsonNode policy = queue.path("effective_policy_definition");
    String overflow =
        arguments.path("x-overflow").asString(policy.path("overflow").asString("drop-head"));
    return new QueueFacts(
        QueueKind.of(queue.path("type").asString("")),
        arguments.path("x-max-priority").asLong(0) > 0,
        arguments.has("x-delivery-limit") || policy.has("delivery-limit"),
        overflow.startsWith("reject-publish"));
  }

  /**
   * The counters of a vhost's queues, as of the broker's own last collection; empty when it is no
   * list.
   */
  Optional<List<CounterScrape.Reading>> counters(String vhost, byte[] body) {
    return list(body)
        .map(queues -> {
          List<CounterScrape.Reading> readings = new ArrayList<>();
          for (JsonNode queue : queues) {
            String name = queue.path("name").asString("");
            JsonNode stats = queue.path("message_stats");
            if (QueueId.isValid(name) && stats.isObject()) {
              var id = new QueueId(vhost, name);
              add(readings, id, CounterKind.PUBLISHED, stats, "publish");
              add(readings, id, CounterKind.DELIVERED, stats, "deliver_get");
              // What is delivered without acknowledgement counts as acknowledged too.
              add(readings, id, CounterKind.ACKNOWLEDGED, stats, "ack");
              add(readings, id, CounterKind.ACKNOWLEDGED, stats, "deliver_no_ack");
              add(readings, id, CounterKind.ACKNOWLEDGED, stats, "get_no_ack");
              add(readings, id, CounterKind.REDELIVERED, stats, "redeliver");
            }
          }
          return readings;
        });
  }

  private static void add(
      List<CounterScrape.Reading> readings,
      QueueId queue,
      CounterKind kind,
      JsonNode stats,
      String field) {
    count(stats.path(field))
        .ifPresent(value ->
            readings.add(new CounterScrape.Reading(List.of(queue, field), queue, kind, value)));
  }

  /** How the nodes stand; empty when it is no list, or one without nodes. */
  Optional<BrokerHealth> health(byte[] body) {
    return list(body)
        .filter(nodes -> !nodes.isEmpty())
        .map(nodes -> {
          int alarms = 0;
          int partitions = 0;
          int down = 0;
          List<String> running = new ArrayList<>();
          for (JsonNode node : nodes) {
            alarms += node.path("mem_alarm").asBoolean(false) ? 1 : 0;
            alarms += node.path("disk_free_alarm").asBoolean(false) ? 1 : 0;
            partitions += node.path("partitions").size();
            if (node.path("running").asBoolean(false)) {
              running.add(node.path("name").asString(""));
            } else {
              down++;
            }
          }
          return new BrokerHealth(alarms, partitions, down, running, OptionalInt.empty());
        });
  }

  /** Connections that the broker does not read from, of a list of all; empty when it is no list. */
  OptionalInt blockedConnections(byte[] body) {
    Optional<JsonNode> connections = list(body);
    if (connections.isEmpty()) {
      return OptionalInt.empty();
    }
    int blocked = 0;
    for (JsonNode connection : connections.get()) {
      // "blocking" are those that would be, if they published: all others, our own too.
      blocked += connection.path("state").asString("").equals("blocked") ? 1 : 0;
    }
    return OptionalInt.of(blocked);
  }

  /** A list of anything; empty when it is none. */
  Optional<JsonNode> list(byte[] body) {
    try {
      JsonNode node = json.readTree(body);
      return node != null && node.isArray() ? Optional.of(node) : Optional.empty();
    } catch (JacksonException _) {
      return Optional.empty();
    }
  }

  private static OptionalLong count(JsonNode node) {
    return node.isIntegralNumber() && node.canConvertToLong() && node.asLong() >= 0
        ? OptionalLong.of(node.asLong())
        : OptionalLong.empty();
  }
}
