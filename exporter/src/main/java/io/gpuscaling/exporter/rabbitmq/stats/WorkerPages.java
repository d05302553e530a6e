package io.gpuscaling.exporter.rabbitmq.stats;

import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.exporter.rabbitmq.QueueId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Makes of the management API's lists of channels, consumers and connections what each worker has:
 * a channel belongs to the worker of its connection, and counts when it consumes a watched queue. A
 * worker of which a part is missing in one of the lists, since it is younger than the broker's
 * statistics, is not told of. Pure.
 */
final class WorkerPages {

  /** How a connection says which pod it is of, besides by its name. */
  static final String POD_PROPERTY = "gpuscaling.pod";

  /** How a connection that names no pod says which node it is on, besides by its name. */
  static final String NODE_PROPERTY = "gpuscaling.node";

  private static final String NAME_PROPERTY = "connection_name";

  private static final String OBJECT = "([a-z0-9][-a-z0-9.]{0,252})";
  private static final Pattern POD =
      Pattern.compile("([a-z0-9][-a-z0-9]{0,62})/" + OBJECT + "(@.*)?");
  private static final Pattern NODE = Pattern.compile(OBJECT);
  private static final Pattern NODE_NAME = Pattern.compile("@" + OBJECT);

  private static final long MILLIS_PER_SECOND = Duration.ofSeconds(1).toMillis();

  private final ManagementJson json;
  private final Predicate<QueueId> isWatched;

  WorkerPages(ManagementJson json, Predicate<QueueId> isWatched) {
    this.json = json;
    this.isWatched = isWatched;
  }

  /** How a channel consumes. */
  private static final class Use {
    private boolean watched;
    private boolean others;
    private boolean unseen;
    private boolean severalAtOnce;
    private String connection = "";
    private String address = "";
  }

  private record Connection(WorkerId worker, long sinceSeconds) {}

  private static final class Tally {
    private double messages;
    private boolean isUpperBound;
    private boolean isLowerBound;
    private long sinceSeconds = Long.MAX_VALUE;
  }

  /**
   * Reads the three lists.
   *
   * @return what each worker has; empty when one of them is no list
   */
  Optional<List<WorkerUnacked>> read(byte[] channels, byte[] consumers, byte[] connections) {
    Optional<JsonNode> channelList = json.list(channels);
    Optional<JsonNode> consumerList = json.list(consumers);
    Optional<JsonNode> connectionList = json.list(connections);
    if (channelList.isEmpty() || consumerList.isEmpty() || connectionList.isEmpty()) {
      return Optional.empty();
    }
    Map<String, Use> uses = uses(consumerList.get());
    Map<String, Connection> known = connections(connectionList.get());
    Map<String, JsonNode> told = new HashMap<>();
    for (JsonNode channel : channelList.get()) {
      told.put(channel.path("name").asString(""), channel);
    }
    var tallies = new TreeMap<WorkerId, Tally>();
    Set<WorkerId> unknown = new HashSet<>();
    Set<String> unknownAddresses = new HashSet<>();
    uses.forEach((name, use) -> {
      if (use.watched) {
        Connection connection = known.get(use.connection);
        if (connection == null) {
          unknownAddresses.add(use.address);
        } else if (!add(tallies, connection, use, told.get(name))) {
          unknown.add(connection.worker());
        }
      }
    });
    List<WorkerUnacked> workers = new ArrayList<>();
    tallies.forEach((worker, tally) -> {
      if (!unknown.contains(worker) && !unknownAddresses.contains(worker.address())) {
        workers.add(
            new WorkerUnacked(
                worker,
                tally.sinceSeconds,
                new SampleValue.Known(tally.messages, exactness(tally))));
      }
    });
    return Optional.of(workers);
  }

  private Map<String, Use> uses(JsonNode consumers) {
    Map<String, Use> uses = new HashMap<>();
    for (JsonNode consumer : consumers) {
      JsonNode channel = consumer.path("channel_details");
      Use use = uses.computeIfAbsent(channel.path("name").asString(""), _ -> new Use());
      use.connection = channel.path("connection_name").asString("");
      use.address = channel.path("peer_host").asString("");
      if (isWatched(consumer.path("queue"))) {
        use.watched = true;
      } else {
        use.others = true;
      }
      use.unseen |= !consumer.path("ack_required").asBoolean(true);
      use.severalAtOnce |= consumer.path("prefetch_count").asInt(0) != 1;
    }
    return uses;
  }

  private boolean isWatched(JsonNode queue) {
    String name = queue.path("name").asString("");
    return QueueId.isValid(name)
        && isWatched.test(new QueueId(queue.path("vhost").asString(""), name));
  }

  private static Map<String, Connection> connections(JsonNode list) {
    Map<String, Connection> connections = new HashMap<>();
    for (JsonNode each : list) {
      connections.put(
          each.path("name").asString(""),
          new Connection(worker(each), each.path("connected_at").asLong(0) / MILLIS_PER_SECOND));
    }
    return connections;
  }

  private static WorkerId worker(JsonNode connection) {
    JsonNode properties = connection.path("client_properties");
    String address = connection.path("peer_host").asString("");
    String name = properties.path(NAME_PROPERTY).asString("");
    for (String said : List.of(properties.path(POD_PROPERTY).asString(""), name)) {
      Matcher pod = POD.matcher(said);
      if (pod.matches()) {
        return new WorkerId(pod.group(1), pod.group(2), "", address);
      }
    }
    Matcher node = NODE.matcher(properties.path(NODE_PROPERTY).asString(""));
    if (!node.matches()) {
      node = NODE_NAME.matcher(name);
    }
    return new WorkerId("", "", node.matches() ? node.group(1) : "", address);
  }

  /** Whether what a channel has could be added. */
  private static boolean add(
      Map<WorkerId, Tally> tallies, Connection connection, Use use, @Nullable JsonNode channel) {
    JsonNode unacked = channel == null ? null : channel.path("messages_unacknowledged");
    if (unacked == null || !unacked.isIntegralNumber() || unacked.asLong() < 0) {
      return false;
    }
    Tally tally = tallies.computeIfAbsent(connection.worker(), _ -> new Tally());
    long messages = unacked.asLong();
    tally.messages += messages;
    // Of several the worker may hold some that it has not begun, or those of another queue.
    tally.isUpperBound |= (messages > 1 && use.severalAtOnce) || (messages > 0 && use.others);
    tally.isLowerBound |= use.unseen;
    tally.sinceSeconds = Math.min(tally.sinceSeconds, connection.sinceSeconds());
    return true;
  }

  private static Exactness exactness(Tally tally) {
    if (tally.isUpperBound) {
      return tally.isLowerBound ? Exactness.ESTIMATE : Exactness.UPPER_BOUND;
    }
    return tally.isLowerBound ? Exactness.LOWER_BOUND : Exactness.EXACT;
  }
}
