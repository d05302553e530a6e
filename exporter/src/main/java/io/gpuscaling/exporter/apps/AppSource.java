package io.gpuscaling.exporter.apps;

import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.source.PollLoop;
import io.gpuscaling.exporter.source.SampleSource;
import io.prometheus.client.CollectorRegistry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The source {@code app}: in each round lists the applications' pods on this node and reads the
 * page of each, several side by side, those first that have waited longest. A pod that cannot be
 * asked keeps what it said for {@link AppSettings#KEPT_FOR}, with its age; one that answers without
 * the number is unknown at once, never 0. Safe for use by any thread.
 */
public final class AppSource implements SampleSource {

  /** The name of the source. */
  public static final String NAME = "app";

  private static final Logger LOG = LoggerFactory.getLogger(AppSource.class);

  /** Pods that a line of the log names for each outcome. */
  private static final int MAX_NAMED = 3;

  private final AppSettings settings;
  private final AppPods pods;
  private final AppViewer viewer;
  private final AppMetrics metrics;
  private final Ticker ticker;
  private final AppPage page = new AppPage();
  private final AppFetcher fetcher;
  private final ExecutorService lanes =
      Executors.newFixedThreadPool(
          AppSettings.MAX_IN_FLIGHT, Thread.ofVirtual().name("read-app-", 0).factory());
  private final PollLoop loop;
  private volatile boolean closed;

  // Only the loop's thread uses what follows.
  private final Map<String, Listed> listed = new HashMap<>();
  private final Map<AppPod, Long> askedAtNanos = new HashMap<>();
  private final Map<AppPod, Said> said = new HashMap<>();
  private final Map<String, String> told = new HashMap<>();
  private @Nullable Long lastObservedAtNanos;

  private record Listed(List<AppPod> pods, long atNanos) {}

  private record Said(double tasks, long atNanos) {}

  private record Asked(AppEndpoint endpoint, AppPod pod) {}

  private record Answered(AppReading reading, long atNanos) {}

  /**
   * A source that does nothing until {@link #start}.
   *
   * @param registry gets the source's own metrics
   * @param random for jitter
   */
  public AppSource(
      AppSettings settings,
      AppPods pods,
      AppViewer viewer,
      CollectorRegistry registry,
      Ticker ticker,
      RandomGenerator random) {
    this.settings = settings;
    this.pods = pods;
    this.viewer = viewer;
    this.metrics = new AppMetrics(registry);
    this.ticker = ticker;
    this.fetcher = new AppFetcher(settings.timeout(), AppSettings.MAX_BODY_BYTES);
    this.loop = new PollLoop("read-apps", settings.interval(), this::poll, ticker, random);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void start() {
    viewer.show(new SourceState.Starting(), List.of());
    loop.start();
  }

  @Override
  public void close() {
    closed = true;
    loop.close();
    fetcher.close();
    lanes.shutdownNow();
  }

  /** One round. On the loop's thread. */
  void poll() {
    if (closed) {
      return;
    }
    List<AppEndpoint> unlisted = new ArrayList<>();
    List<Asked> round = round(unlisted);
    Map<Asked, Answered> answers;
    try {
      answers = read(round);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return;
    }
    if (closed) {
      return;
    }
    answers.forEach(this::take);
    tell(answers);
    show(round, answers, !unlisted.isEmpty());
  }

  /** Whom to ask: each pod once, for the first endpoint that it matches. */
  private List<Asked> round(List<AppEndpoint> unlisted) {
    Set<AppPod> seen = new HashSet<>();
    List<Asked> round = new ArrayList<>();
    for (AppEndpoint endpoint : settings.endpoints()) {
      List<AppPod> found = list(endpoint, unlisted).stream().filter(seen::add).toList();
      List<AppPod> asked = found.stream().limit(AppSettings.MAX_PODS).toList();
      metrics.pods(endpoint.name(), asked.size(), found.size() - asked.size());
      asked.forEach(pod -> round.add(new Asked(endpoint, pod)));
    }
    askedAtNanos.keySet().retainAll(seen);
    said.keySet().retainAll(seen);
    round.sort(Comparator.comparingLong(it -> askedAtNanos.getOrDefault(it.pod(), Long.MIN_VALUE)));
    return round;
  }

  /** An older list counts for a while: later an address may be another pod's. */
  private List<AppPod> list(AppEndpoint endpoint, List<AppEndpoint> unlisted) {
    long now = ticker.nanos();
    return switch (pods.of(endpoint)) {
      case AppPods.Listing.Known(List<AppPod> found) -> {
        metrics.lookedUp(endpoint.name(), true);
        tell(endpoint.name() + " pods", "", "its pods are known");
        listed.put(endpoint.name(), new Listed(found, now));
        yield found;
      }
      case AppPods.Listing.Failed(String detail) -> {
        metrics.lookedUp(endpoint.name(), false);
        tell(endpoint.name() + " pods", detail, "its pods are not known: " + detail);
        unlisted.add(endpoint);
        Listed before = listed.get(endpoint.name());
        yield before != null && now - before.atNanos() <= AppSettings.KEPT_FOR.toNanos()
            ? before.pods()
            : List.of();
      }
    };
  }

  private Map<Asked, Answered> read(List<Asked> round) throws InterruptedException {
    List<Future<Answered>> futures =
        lanes.invokeAll(
            round.stream().map(each -> (Callable<Answered>) () -> read(each)).toList(),
            AppSettings.ROUND_TIMEOUT.toNanos(),
            TimeUnit.NANOSECONDS);
    var answers = new LinkedHashMap<Asked, Answered>();
    for (int i = 0; i < round.size(); i++) {
      answers.put(round.get(i), of(futures.get(i)));
    }
    return answers;
  }

  private Answered of(Future<Answered> future) throws InterruptedException {
    try {
      return future.get();
    } catch (CancellationException _) {
      return failed(AppFailure.NOT_REACHED);
    } catch (ExecutionException e) {
      LOG.error("an application's page could not be read: a bug", e.getCause());
      return failed(AppFailure.INVALID);
    }
  }

  private Answered failed(AppFailure failure) {
    return new Answered(new AppReading.Failed(failure), ticker.nanos());
  }

  private Answered read(Asked asked) throws InterruptedException {
    long atNanos = ticker.nanos();
    AppReading reading =
        switch (fetcher.get(asked.endpoint().url().of(asked.pod()))) {
          case AppFetcher.Answer.Body(byte[] bytes) -> page.read(bytes, asked.endpoint().number());
          case AppFetcher.Answer.Failed(AppFailure failure) -> new AppReading.Failed(failure);
        };
    return new Answered(reading, atNanos);
  }

  private void take(Asked asked, Answered answered) {
    metrics.read(asked.endpoint().name(), outcome(answered));
    switch (answered.reading()) {
      case AppReading.Tasks(double tasks) -> {
        askedAtNanos.put(asked.pod(), answered.atNanos());
        said.put(asked.pod(), new Said(tasks, answered.atNanos()));
      }
      case AppReading.Failed(AppFailure failure) -> {
        if (failure != AppFailure.NOT_REACHED) {
          askedAtNanos.put(asked.pod(), answered.atNanos());
        }
        Said before = said.get(asked.pod());
        if (before != null
            && (!failure.keepsFormer()
                || ticker.nanos() - before.atNanos() > AppSettings.KEPT_FOR.toNanos())) {
          said.remove(asked.pod());
        }
      }
    }
  }

  private static String outcome(Answered answered) {
    return switch (answered.reading()) {
      case AppReading.Tasks _ -> "ok";
      case AppReading.Failed(AppFailure failure) -> failure.label();
    };
  }

  private void show(List<Asked> round, Map<Asked, Answered> answers, boolean isPodMissing) {
    List<AppTasks> tasks = new ArrayList<>();
    long oldestAtNanos = ticker.nanos();
    for (Asked each : round) {
      Said known = said.get(each.pod());
      if (known != null) {
        oldestAtNanos = Math.min(oldestAtNanos, known.atNanos());
        tasks.add(
            new AppTasks(
                each.pod().namespace(),
                each.pod().name(),
                known.tasks(),
                each.endpoint().exactness()));
      }
    }
    UnknownReason failure = failure(answers, isPodMissing);
    if (failure == null || !tasks.isEmpty()) {
      lastObservedAtNanos = oldestAtNanos;
    }
    Long observedAtNanos = lastObservedAtNanos;
    SourceState state;
    if (failure == null) {
      state = new SourceState.Ok(oldestAtNanos);
    } else if (observedAtNanos == null) {
      state = new SourceState.NeverObserved(failure);
    } else {
      state = new SourceState.Failing(observedAtNanos, failure);
    }
    viewer.show(state, tasks);
  }

  private static @Nullable UnknownReason failure(
      Map<Asked, Answered> answers, boolean isPodMissing) {
    for (Answered answered : answers.values()) {
      if (answered.reading() instanceof AppReading.Failed(AppFailure failure)) {
        return failure.reason();
      }
    }
    return isPodMissing ? UnknownReason.UNREACHABLE : null;
  }

  /** One line of the log for each change of what an application's pods answer. */
  private void tell(Map<Asked, Answered> answers) {
    for (AppEndpoint endpoint : settings.endpoints()) {
      Map<String, List<String>> faults = new TreeMap<>();
      answers.forEach((asked, answered) -> {
        if (asked.endpoint().equals(endpoint)
            && !(answered.reading() instanceof AppReading.Tasks)) {
          faults
              .computeIfAbsent(outcome(answered), _ -> new ArrayList<>())
              .add(asked.pod().toString());
        }
      });
      var words = new ArrayList<String>();
      faults.forEach((outcome, names) ->
          words.add(
              outcome
                  + " "
                  + names.size()
                  + " "
                  + names.stream().sorted().limit(MAX_NAMED).toList()));
      String fault = String.join(", ", words);
      tell(
          endpoint.name(),
          fault,
          fault.isEmpty() ? "all its pods answer" : "pods that do not tell their tasks: " + fault);
    }
  }

  private void tell(String what, String fault, String sentence) {
    if (!fault.equals(told.getOrDefault(what, ""))) {
      told.put(what, fault);
      LOG.atLevel(fault.isEmpty() ? Level.INFO : Level.WARN)
          .log("application {}: {}", what, sentence);
    }
  }
}
