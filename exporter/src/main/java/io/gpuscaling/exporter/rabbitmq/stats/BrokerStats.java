package io.gpuscaling.exporter.rabbitmq.stats;

import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.rabbitmq.QueueId;
import io.gpuscaling.exporter.source.PollLoop;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * All that is asked of one broker over HTTP: never in the way of the passive declares. {@link
 * #refresh} and {@link #recount} are for one thread.
 */
public final class BrokerStats implements AutoCloseable {

  /** For one request: headers and body. */
  static final Duration TIMEOUT = Duration.ofSeconds(2);

  /** Counters of the Prometheus pages that are older give way to those of the management API. */
  static final Duration LONGEST_COUNTER_AGE = Duration.ofSeconds(10);

  /** Where a broker is asked, and as whom. */
  public interface Access {
    /** Root of the management API, or null. */
    @Nullable URI managementUrl();

    /** The nodes' Prometheus endpoints: {@code http://HOST:15692}. */
    List<URI> prometheusUrls();

    /** Who asks the management API. */
    String user();

    /** That user's password as it is now. */
    String readPassword() throws IOException;
  }

  /** Whom https trusts, and as whom it appears. */
  public interface Tls {
    /** With which to begin; null for the JDK's. */
    @Nullable SSLContext first();

    /** What to use from now on; null when that is what was used before. Waits for no network. */
    @Nullable SSLContext changed();
  }

  /** How often files of TLS are looked at. */
  static final Duration RELOAD_INTERVAL = Duration.ofSeconds(1);

  /**
   * What is known.
   *
   * @param counters the best there are; null for none
   * @param management what the management API said last
   */
  public record View(@Nullable CounterView counters, ManagementView management) {}

  /**
   * A request that did not go well when it was made last.
   *
   * @param source {@code management} or {@code prometheus}
   * @param what the vhost or the address
   * @param outcome a word
   * @param detail for people; no secret
   */
  public record Trouble(String source, String what, String outcome, String detail) {}

  private static final String MANAGEMENT = "management";
  private static final String OK = "ok";

  private final BrokerHttp http;
  private final Tls tls;

  /** By what was asked: of vhosts and addresses of the configuration, which bounds it. */
  private final Map<String, Trouble> troubles = new ConcurrentSkipListMap<>();

  private final Ticker ticker;
  private long nextReloadAtNanos;
  private final @Nullable CounterScraper counters;
  private final @Nullable ManagementReader management;
  private final @Nullable PollLoop loop;
  private final @Nullable WorkerReader workers;
  private final @Nullable PollLoop workersLoop;
  private volatile @Nullable CounterView scraped;
  private volatile boolean isActive = true;

  /**
   * Asks nothing yet.
   *
   * @param tls of https
   * @param vhosts of the watched queues
   * @param outcomes is told of each request: which interface, and how it went
   */
  public BrokerStats(
      String name,
      Access access,
      Tls tls,
      Set<String> vhosts,
      Predicate<QueueId> isWatched,
      Outcomes outcomes,
      Ticker ticker,
      RandomGenerator random) {
    Outcomes told =
        (source, what, outcome, detail) -> {
          note(new Trouble(source, what, outcome, detail));
          outcomes.asked(source, what, outcome, detail);
        };
    this.http = new BrokerHttp(tls.first(), TIMEOUT);
    this.tls = tls;
    this.ticker = ticker;
    this.nextReloadAtNanos = ticker.nanos() + RELOAD_INTERVAL.toNanos();
    URI managementUrl = access.managementUrl();
    this.management =
        managementUrl == null
            ? null
            : new ManagementReader(
                managementUrl,
                http,
                () -> BrokerHttp.basic(access.user(), access.readPassword()),
                vhosts,
                isWatched,
                () -> !isYoung(scraped),
                (vhost, outcome, detail) -> told.asked(MANAGEMENT, vhost, outcome, detail),
                ticker);
    this.loop =
        management == null
            ? null
            : new PollLoop(
                "management-" + name,
                ManagementReader.INTERVAL,
                () -> {
                  if (isActive) {
                    management.read();
                  }
                },
                ticker,
                random);
    this.workers =
        managementUrl == null
            ? null
            : new WorkerReader(
                managementUrl,
                http,
                () -> BrokerHttp.basic(access.user(), access.readPassword()),
                isWatched,
                (what, outcome, detail) -> told.asked(MANAGEMENT, what, outcome, detail),
                ticker);
    this.workersLoop =
        workers == null
            ? null
            : new PollLoop(
                "workers-" + name,
                WorkerReader.INTERVAL,
                () -> {
                  if (isActive) {
                    workers.read();
                  }
                },
                ticker,
                random);
    this.counters =
        access.prometheusUrls().isEmpty()
            ? null
            : new CounterScraper(
                access.prometheusUrls().stream().map(url -> detailed(url, vhosts)).toList(),
                http,
                isWatched,
                () -> view().health(),
                (address, outcome, detail) -> told.asked("prometheus", address, outcome, detail),
                ticker);
  }

  /** Is told of requests, from several threads. */
  @FunctionalInterface
  public interface Outcomes {
    /**
     * One was made.
     *
     * @param source {@code management} or {@code prometheus}
     * @param what the vhost or the address
     */
    void asked(String source, String what, String outcome, String detail);
  }

  /** Begins to ask. */
  public void start() {
    if (loop != null) {
      loop.start();
    }
  }

  /** Begins to ask which worker has what, too; where there is a management API. */
  public void startWorkers() {
    if (workersLoop != null) {
      workersLoop.start();
    }
  }

  private void note(Trouble asked) {
    String key = asked.source() + " " + asked.what();
    if (asked.outcome().equals(OK)) {
      troubles.remove(key);
    } else {
      troubles.put(key, asked);
    }
  }

  /** What did not go well when it was asked last, in a steady order. By any thread. */
  public List<Trouble> troubles() {
    return List.copyOf(troubles.values());
  }

  /** Which worker has what, by the management API. */
  public WorkersView workers() {
    return workers == null ? WorkersView.NONE : workers.view();
  }

  /** Asks for nothing until {@link #resume}. */
  public void pause() {
    isActive = false;
    troubles.clear();
  }

  /** Asks again, at once, and believes nothing that was said before the pause. */
  public void resume() {
    isActive = true;
    if (management != null) {
      management.forget();
    }
    if (workers != null) {
      workers.forget();
    }
    if (loop != null) {
      loop.wake();
    }
  }

  /** Asks for the counters as they are now, and answers what is known; soon. */
  public View refresh() {
    renewTls();
    CounterView fresh = counters == null ? null : counters.refresh();
    scraped = fresh;
    ManagementView said = view();
    CounterView best = isYoung(fresh) ? fresh : said.counters();
    return new View(best != null ? best : fresh, said);
  }

  /**
   * The counters of the Prometheus pages once more; null when they are not to be had at once, of
   * this instant or a later one.
   */
  public @Nullable CounterView recount(long notBeforeNanos) {
    CounterView again = counters == null ? null : counters.refresh();
    return again != null && again.isComplete() && again.atNanos() - notBeforeNanos >= 0
        ? again
        : null;
  }

  private void renewTls() {
    long now = ticker.nanos();
    if (now - nextReloadAtNanos >= 0) {
      nextReloadAtNanos = now + RELOAD_INTERVAL.toNanos();
      SSLContext newest = tls.changed();
      if (newest != null) {
        http.renew(newest);
      }
    }
  }

  @Override
  public void close() {
    http.close();
    if (loop != null) {
      loop.close();
    }
    if (workersLoop != null) {
      workersLoop.close();
    }
  }

  private ManagementView view() {
    return management == null ? ManagementView.EMPTY : management.view();
  }

  private boolean isYoung(@Nullable CounterView view) {
    return view != null
        && view.isComplete()
        && ticker.nanos() - view.atNanos() <= LONGEST_COUNTER_AGE.toNanos();
  }

  private static URI detailed(URI base, Set<String> vhosts) {
    List<String> query = new ArrayList<>();
    BiConsumer<String, String> add =
        (name, value) -> query.add(name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8));
    BrokerPage.FAMILIES.forEach(family -> add.accept("family", family));
    vhosts.forEach(vhost -> add.accept("vhost", vhost));
    String text = base.toString();
    String root = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    return URI.create(root + "/metrics/detailed?" + String.join("&", query));
  }
}
