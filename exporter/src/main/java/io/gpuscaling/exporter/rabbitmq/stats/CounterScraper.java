package io.gpuscaling.exporter.rabbitmq.stats;

import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.rabbitmq.QueueId;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Scrapes the Prometheus pages of all nodes of one broker at once. Two addresses that lead to the
 * same node count once. {@link #refresh} is for one thread.
 */
final class CounterScraper {

  /**
   * How long a refresh waits for pages, which come within a few milliseconds: so that counters are
   * as young as the depths that are asked for next. While a scrape is overdue nothing waits for it.
   */
  static final Duration GRACE = Duration.ofMillis(100);

  /** Told of each request: of which address or vhost, and how it went. */
  interface Observer {
    void scraped(String what, String outcome, String detail);
  }

  private final List<URI> urls;
  private final BrokerHttp http;
  private final CounterLedger ledger;
  private final Supplier<@Nullable BrokerHealth> health;
  private final Observer observer;
  private final Ticker ticker;

  /** The node that an address led to last; written by one scrape at a time. */
  private final SortedMap<String, String> nodeOfUrl = new TreeMap<>();

  private CompletableFuture<Void> running = CompletableFuture.completedFuture(null);
  private volatile @Nullable CounterView latest;

  CounterScraper(
      List<URI> urls,
      BrokerHttp http,
      Predicate<QueueId> isWatched,
      Supplier<@Nullable BrokerHealth> health,
      Observer observer,
      Ticker ticker) {
    this.urls = List.copyOf(urls);
    this.http = http;
    this.ledger = new CounterLedger(isWatched);
    this.health = health;
    this.observer = observer;
    this.ticker = ticker;
  }

  /** The newest counters, of just now if the nodes answer at once; null before the first. */
  @Nullable CounterView refresh() {
    if (running.isDone()) {
      running = scrape();
      try {
        running.get(GRACE.toNanos(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException | ExecutionException _) {
        // What is known from before counts meanwhile, with its age.
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }
    return latest;
  }

  private CompletableFuture<Void> scrape() {
    long atNanos = ticker.nanos();
    List<CompletableFuture<HttpAnswer>> answers = new ArrayList<>();
    urls.forEach(url -> answers.add(http.get(url, null)));
    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .thenRun(() -> take(answers, atNanos));
  }

  private void take(List<CompletableFuture<HttpAnswer>> answers, long atNanos) {
    var seen = new TreeSet<String>();
    for (int i = 0; i < urls.size(); i++) {
      String address = urls.get(i).getAuthority();
      switch (answers.get(i).join()) {
        case HttpAnswer.Failed(_, String detail) -> observer.scraped(address, "failed", detail);
        case HttpAnswer.Body(byte[] bytes) -> {
          switch (BrokerPage.read(bytes)) {
            case BrokerPage.Refused(String why) -> observer.scraped(address, "refused", why);
            case BrokerPage.Read(CounterScrape page) -> {
              observer.scraped(address, "ok", "");
              nodeOfUrl.put(urls.get(i).toString(), page.node());
              if (seen.add(page.node())) {
                ledger.take(page, atNanos);
              }
            }
          }
        }
      }
    }
    publish();
  }

  /** All that the slowest node has counted; one that the cluster says is down counts no more. */
  private void publish() {
    var nodes = new TreeSet<>(nodeOfUrl.values());
    BrokerHealth known = health.get();
    boolean isComplete = known == null ? nodeOfUrl.size() == urls.size() : known.isCoveredBy(nodes);
    Long oldest = null;
    for (String node : nodes) {
      Long seenAtNanos = ledger.seenAtNanos(node);
      boolean counts = known == null || known.running().contains(node);
      if (seenAtNanos != null && counts && (oldest == null || seenAtNanos - oldest < 0)) {
        oldest = seenAtNanos;
      }
    }
    if (oldest != null) {
      latest = new CounterView(CounterView.Origin.PROMETHEUS, oldest, isComplete, ledger.totals());
    }
  }
}
