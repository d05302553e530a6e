package io.gpuscaling.exporter.rabbitmq.stats;

import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.rabbitmq.QueueId;
import io.gpuscaling.exporter.rabbitmq.stats.ManagementView.VhostTotals;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Asks the management API of one broker: totals of the queues and the state of the nodes each time,
 * what seldom changes each minute, counters only while nobody else has them. {@link #read} is for
 * one thread and blocks; {@link #view} is for any.
 */
final class ManagementReader {

  /** From look to look. */
  static final Duration INTERVAL = Duration.ofSeconds(2);

  /**
   * Pauses are so many times as long as the answers took, so that the broker is busy with them a
   * tenth of the time at most: large lists are asked for less often.
   */
  private static final int PAUSE_FACTOR = 9;

  /** Less than {@link #LONGEST_AGE}, with the time until the next look and of a slow answer. */
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private static final Duration FACTS_INTERVAL = Duration.ofMinutes(1);

  /** Totals of an earlier look count no longer then. */
  private static final Duration LONGEST_AGE = Duration.ofSeconds(10);

  private static final String TOTALS = "?disable_stats=true&enable_queue_totals=true";
  private static final String FACTS = "?columns=name,type,arguments,effective_policy_definition";
  private static final String COUNTERS = "?columns=name,message_stats";
  private static final String HEALTH =
      "/api/nodes?columns=name,running,partitions,mem_alarm,disk_free_alarm";

  /** What is asked about the nodes is told of by this name, where else a vhost stands. */
  private static final String NODES = "nodes";

  private static final String CONNECTIONS = "/api/connections?columns=state";

  /** Reads the password as it is now. */
  interface Authorization {
    String header() throws IOException;
  }

  private final URI url;
  private final BrokerHttp http;
  private final Authorization authorization;
  private final Set<String> vhosts;
  private final Predicate<QueueId> isWatched;
  private final BooleanSupplier needsCounters;
  private final CounterScraper.Observer observer;
  private final Ticker ticker;
  private final ManagementJson json = new ManagementJson();
  private final CounterLedger ledger;

  private @Nullable Long factsAtNanos;
  private long notBeforeNanos;
  private volatile boolean isWanted = true;
  private volatile ManagementView view = ManagementView.EMPTY;

  ManagementReader(
      URI url,
      BrokerHttp http,
      Authorization authorization,
      Set<String> vhosts,
      Predicate<QueueId> isWatched,
      BooleanSupplier needsCounters,
      CounterScraper.Observer observer,
      Ticker ticker) {
    this.url = url;
    this.http = http;
    this.authorization = authorization;
    this.vhosts = Set.copyOf(vhosts);
    this.isWatched = isWatched;
    this.needsCounters = needsCounters;
    this.observer = observer;
    this.ticker = ticker;
    this.ledger = new CounterLedger(isWatched);
  }

  /** What was said last. */
  ManagementView view() {
    return view;
  }

  /** Knows nothing any more but what seldom changes, and asks at the next look. By any thread. */
  void forget() {
    isWanted = true;
    view = new ManagementView(Map.of(), view.facts(), null, null);
  }

  /** Asks for everything that is due, unless the last answers took so long that it pauses. */
  void read() {
    long beganAtNanos = ticker.nanos();
    if (isWanted || beganAtNanos - notBeforeNanos >= 0) {
      isWanted = false;
      ask();
      long endedAtNanos = ticker.nanos();
      long pauseNanos = PAUSE_FACTOR * (endedAtNanos - beganAtNanos);
      notBeforeNanos = endedAtNanos + Math.min(pauseNanos, LONGEST_PAUSE.toNanos());
    }
  }

  private void ask() {
    String header;
    try {
      header = authorization.header();
    } catch (IOException _) {
      observer.scraped("", "failed", "the password file cannot be read");
      header = null;
    }
    if (header == null) {
      publishUnknown(UnknownReason.REFUSED);
      return;
    }
    Map<String, VhostTotals> totals = new HashMap<>();
    for (String vhost : vhosts) {
      totals.put(vhost, kept(vhost, totals(vhost, header)));
    }
    view = new ManagementView(totals, facts(header, totals), health(header), counters(header));
  }

  /** One failed request is no reason to know nothing: what was read before counts, with its age. */
  private VhostTotals kept(String vhost, VhostTotals read) {
    return switch (read) {
      case VhostTotals.Known _ -> read;
      case VhostTotals.Unknown _ ->
          view.vhosts().get(vhost) instanceof VhostTotals.Known before
                  && ticker.nanos() - before.atNanos() <= LONGEST_AGE.toNanos()
              ? before
              : read;
    };
  }

  /** Who may see the nodes sees all connections; who may not gets an empty list of them. */
  private @Nullable BrokerHealth health(String header) {
    Optional<BrokerHealth> health =
        switch (get(HEALTH, header)) {
          case HttpAnswer.Body(byte[] bytes) -> {
            observer.scraped(NODES, "ok", "");
            yield json.health(bytes);
          }
          case HttpAnswer.Failed(_, String detail) -> {
            observer.scraped(NODES, "failed", detail);
            yield Optional.empty();
          }
        };
    return health
        .map(it ->
            get(CONNECTIONS, header) instanceof HttpAnswer.Body(byte[] bytes)
                ? it.with(json.blockedConnections(bytes))
                : it)
        .orElse(null);
  }

  private void publishUnknown(UnknownReason reason) {
    Map<String, VhostTotals> totals = new HashMap<>();
    vhosts.forEach(vhost -> totals.put(vhost, new VhostTotals.Unknown(reason)));
    view = new ManagementView(totals, view.facts(), null, null);
  }

  private VhostTotals totals(String vhost, String header) {
    long atNanos = ticker.nanos();
    return switch (get(queuesOf(vhost) + TOTALS, header)) {
      case HttpAnswer.Failed(UnknownReason reason, _) when reason == UnknownReason.MISSING -> {
        // So RabbitMQ 4.3 answers a user without a permission in the vhost; and all of them do for
        // one that does not exist, which AMQP does not tell from that either.
        observer.scraped(vhost, "refused", "no access to the vhost, or it does not exist");
        yield new VhostTotals.Unknown(UnknownReason.REFUSED);
      }
      case HttpAnswer.Failed(UnknownReason reason, String detail) -> {
        observer.scraped(vhost, "failed", detail);
        yield new VhostTotals.Unknown(reason);
      }
      case HttpAnswer.Body(byte[] bytes) -> {
        Optional<Map<String, QueueTotals>> queues = json.totals(bytes);
        if (queues.isEmpty()) {
          observer.scraped(vhost, "refused", "its list of queues cannot be read");
          yield new VhostTotals.Unknown(UnknownReason.INVALID);
        }
        if (queues.get().isEmpty()) {
          // So it answers a user without a permission in the vhost, too.
          observer.scraped(vhost, "empty", "no queue of the vhost is visible to this user");
          yield new VhostTotals.Unknown(UnknownReason.REFUSED);
        }
        observer.scraped(vhost, "ok", "");
        Map<String, QueueTotals> watched = new HashMap<>(queues.get());
        watched.keySet().removeIf(it -> !QueueId.isValid(it) || !isWatched(vhost, it));
        yield new VhostTotals.Known(atNanos, watched);
      }
    };
  }

  private boolean isWatched(String vhost, String queue) {
    return isWatched.test(new QueueId(vhost, queue));
  }

  private Map<QueueId, QueueFacts> facts(String header, Map<String, VhostTotals> totals) {
    long now = ticker.nanos();
    Long last = factsAtNanos;
    Duration interval =
        isAllKnown(totals, view.facts()) ? FACTS_INTERVAL : ManagementView.COLLECTION_INTERVAL;
    if (last != null && now - last < interval.toNanos()) {
      return view.facts();
    }
    Map<QueueId, QueueFacts> facts = new HashMap<>(view.facts());
    for (String vhost : vhosts) {
      if (get(queuesOf(vhost) + FACTS, header) instanceof HttpAnswer.Body(byte[] bytes)) {
        json.facts(bytes)
            .ifPresent(all -> {
              all.keySet().removeIf(it -> !QueueId.isValid(it) || !isWatched(vhost, it));
              all.forEach((queue, it) -> facts.put(new QueueId(vhost, queue), it));
              factsAtNanos = now;
            });
      }
    }
    return facts;
  }

  /** A queue that was declared meanwhile is not. */
  private static boolean isAllKnown(
      Map<String, VhostTotals> totals, Map<QueueId, QueueFacts> facts) {
    for (Map.Entry<String, VhostTotals> vhost : totals.entrySet()) {
      if (vhost.getValue() instanceof VhostTotals.Known(_, Map<String, QueueTotals> queues)
          && !queues.keySet().stream()
              .allMatch(queue -> facts.containsKey(new QueueId(vhost.getKey(), queue)))) {
        return false;
      }
    }
    return true;
  }

  private @Nullable CounterView counters(String header) {
    if (!needsCounters.getAsBoolean()) {
      return null;
    }
    long atNanos = ticker.nanos() - ManagementView.COLLECTION_INTERVAL.toNanos();
    List<CounterScrape.Reading> readings = new ArrayList<>();
    for (String vhost : vhosts) {
      Optional<List<CounterScrape.Reading>> some =
          get(queuesOf(vhost) + COUNTERS, header) instanceof HttpAnswer.Body(byte[] bytes)
              ? json.counters(vhost, bytes)
              : Optional.empty();
      if (some.isEmpty()) {
        return null;
      }
      readings.addAll(some.get());
    }
    ledger.take(new CounterScrape("", 0, Double.NaN, readings), atNanos);
    return new CounterView(CounterView.Origin.MANAGEMENT, atNanos, true, ledger.totals());
  }

  private HttpAnswer get(String path, String header) {
    String base = url.toString();
    String root = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
    return http.get(URI.create(root + path), header).join();
  }

  private static String queuesOf(String vhost) {
    return "/api/queues/" + URLEncoder.encode(vhost, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
