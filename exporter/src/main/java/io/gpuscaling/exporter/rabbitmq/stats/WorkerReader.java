package io.gpuscaling.exporter.rabbitmq.stats;

import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.rabbitmq.QueueId;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Asks the management API of one broker which worker has how many messages. {@link #read} is for
 * one thread and blocks; {@link #view} is for any.
 */
final class WorkerReader {

  /** From look to look; the broker collects these statistics each 5 s. */
  static final Duration INTERVAL = Duration.ofSeconds(2);

  /** Beyond this age what was read counts no more. */
  static final Duration LONGEST_AGE = Duration.ofSeconds(10);

  /** Workers that are told of: there are as many series. */
  static final int MAX_WORKERS = 1_000;

  /** As of {@link ManagementReader}: the broker is busy with the answers a tenth of the time. */
  private static final int PAUSE_FACTOR = 9;

  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private static final String WHAT = "workers";

  private static final String CHANNELS = "/api/channels?columns=name,messages_unacknowledged";
  private static final String CONSUMERS = "/api/consumers";
  private static final String CONNECTIONS =
      "/api/connections?columns=name,peer_host,connected_at,client_properties";

  private final URI url;
  private final BrokerHttp http;
  private final ManagementReader.Authorization authorization;
  private final WorkerPages pages;
  private final CounterScraper.Observer observer;
  private final Ticker ticker;
  private long notBeforeNanos;
  private volatile boolean isWanted = true;
  private volatile WorkersView view = WorkersView.NONE;

  WorkerReader(
      URI url,
      BrokerHttp http,
      ManagementReader.Authorization authorization,
      Predicate<QueueId> isWatched,
      CounterScraper.Observer observer,
      Ticker ticker) {
    this.url = url;
    this.http = http;
    this.authorization = authorization;
    this.pages = new WorkerPages(new ManagementJson(), isWatched);
    this.observer = observer;
    this.ticker = ticker;
  }

  /** What was read last, if that is young enough. */
  WorkersView view() {
    WorkersView last = view;
    return ticker.nanos() - last.atNanos() <= LONGEST_AGE.toNanos() ? last : WorkersView.NONE;
  }

  /** Knows nothing any more, and asks at the next look. By any thread. */
  void forget() {
    isWanted = true;
    view = WorkersView.NONE;
  }

  /** Asks, unless the last answers took so long that it pauses. */
  void read() {
    long beganAtNanos = ticker.nanos();
    if (isWanted || beganAtNanos - notBeforeNanos >= 0) {
      isWanted = false;
      ask(beganAtNanos);
      long endedAtNanos = ticker.nanos();
      long pauseNanos = PAUSE_FACTOR * (endedAtNanos - beganAtNanos);
      notBeforeNanos = endedAtNanos + Math.min(pauseNanos, LONGEST_PAUSE.toNanos());
    }
  }

  private void ask(long atNanos) {
    String header;
    try {
      header = authorization.header();
    } catch (IOException _) {
      observer.scraped(WHAT, "failed", "the password file cannot be read");
      return;
    }
    // First the channels: a consumer that is younger than their list makes its worker unknown.
    byte[] channels = get(CHANNELS, header);
    byte[] consumers = channels == null ? null : get(CONSUMERS, header);
    byte[] connections = consumers == null ? null : get(CONNECTIONS, header);
    if (channels == null || consumers == null || connections == null) {
      return;
    }
    Optional<List<WorkerUnacked>> read = pages.read(channels, consumers, connections);
    if (read.isEmpty()) {
      observer.scraped(WHAT, "refused", "its lists of channels and consumers cannot be read");
      return;
    }
    observer.scraped(WHAT, "ok", "");
    List<WorkerUnacked> workers = read.get();
    int told = Math.min(workers.size(), MAX_WORKERS);
    view = new WorkersView(atNanos, workers.subList(0, told), workers.size() - told);
  }

  private byte @Nullable [] get(String path, String header) {
    String base = url.toString();
    String root = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
    return switch (http.get(URI.create(root + path), header).join()) {
      case HttpAnswer.Body(byte[] bytes) -> bytes;
      case HttpAnswer.Failed(_, String detail) -> {
        observer.scraped(WHAT, "failed", detail);
        yield null;
      }
    };
  }
}
