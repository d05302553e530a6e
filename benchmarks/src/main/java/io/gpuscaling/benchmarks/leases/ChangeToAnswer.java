package io.gpuscaling.benchmarks.leases;

import io.gpuscaling.benchmarks.load.Latencies;
import io.gpuscaling.benchmarks.process.LeaseHolders;
import io.gpuscaling.benchmarks.process.MetricsReader;
import io.gpuscaling.benchmarks.process.Pause;
import io.gpuscaling.core.time.Ticker;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

/**
 * Changes are made at random instants that no answer influences, each of a pod that no other change
 * is on its way of; one question at a time asks for all pods that wait for an answer. The time of a
 * change begins before the worker's call. For one thread.
 */
final class ChangeToAnswer implements AutoCloseable {

  /** From question to question: what an answer comes too late by at most, but for its own time. */
  static final Duration ASK_EACH = Duration.ofMillis(5);

  /** Changes before those that count: connections and code of all sides are warm then. */
  private static final int WARM_UP = 200;

  private static final double NANOS_PER_SECOND = 1e9;
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(20);
  private static final String TASKS = "gpu_tasks_active";

  /** An exporter that has just started knows nothing for one time to live, which is 30 s. */
  private static final Duration KNOWN_TIMEOUT = Duration.ofSeconds(90);

  private static final Duration LOOK_EACH = Duration.ofMillis(500);

  private final MetricsReader reader;
  private final LeaseHolders holders;
  private final Ticker ticker;
  private final SplittableRandom random = new SplittableRandom(1);
  private final boolean[] busy;
  private final Map<String, OnItsWay> waiting = new HashMap<>();
  private final ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();
  private Measured measured = new Measured();
  private long nextAskAtNanos;
  private long longestPauseNanos;

  /** A change that no answer has shown yet. */
  private record OnItsWay(int tasks, long madeAtNanos) {}

  /**
   * What was measured.
   *
   * @param changes from before the worker's call until an answer had come that shows the change
   * @param calls the worker's call, which is part of the former or runs on beside it
   * @param answers from a question to its answer, which is part of the former
   * @param longestPause by which a question came too late: the machine had something else to do
   */
  record Measured(Latencies changes, Latencies calls, Latencies answers, Duration longestPause) {

    private Measured() {
      this(new Latencies(), new Latencies(), new Latencies(), Duration.ZERO);
    }
  }

  ChangeToAnswer(MetricsReader reader, LeaseHolders holders, Ticker ticker) {
    this.reader = reader;
    this.holders = holders;
    this.ticker = ticker;
    this.busy = new boolean[holders.count()];
  }

  /** Waits until the tasks of all pods are known, and makes changes that do not count. */
  void warmUp() throws IOException, InterruptedException {
    long beganAtNanos = ticker.nanos();
    while (reader.byLabel(TASKS, "pod").size() < holders.count()) {
      if (ticker.nanos() - beganAtNanos > KNOWN_TIMEOUT.toNanos()) {
        throw new IOException("the tasks of the pods are not known after " + KNOWN_TIMEOUT);
      }
      Pause.of(LOOK_EACH);
    }
    var _ = run(WARM_UP, WARM_UP);
  }

  /**
   * Makes so many changes, and waits until answers have shown them all.
   *
   * @throws IOException when an answer does not show a change in time
   */
  Measured run(int count, int perSecond) throws IOException, InterruptedException {
    measured = new Measured();
    longestPauseNanos = 0;
    double gapNanos = NANOS_PER_SECOND / perSecond;
    int made = 0;
    nextAskAtNanos = ticker.nanos();
    long changeAtNanos = nextAskAtNanos;
    while (made < count || !waiting.isEmpty()) {
      while (made < count && waiting.size() < busy.length && ticker.nanos() - changeAtNanos >= 0) {
        change();
        made++;
        changeAtNanos += (long) (-Math.log(1 - random.nextDouble()) * gapNanos);
      }
      if (!waiting.isEmpty()) {
        ask();
      }
      long pausedAtNanos = ticker.nanos();
      nextAskAtNanos = Math.max(nextAskAtNanos + ASK_EACH.toNanos(), pausedAtNanos);
      Pause.of(Duration.ofNanos(nextAskAtNanos - pausedAtNanos));
      longestPauseNanos = Math.max(longestPauseNanos, ticker.nanos() - nextAskAtNanos);
    }
    return new Measured(
        measured.changes(),
        measured.calls(),
        measured.answers(),
        Duration.ofNanos(longestPauseNanos));
  }

  private void change() {
    int pod = random.nextInt(busy.length);
    while (waiting.containsKey(LeaseHolders.name(pod))) {
      pod = random.nextInt(busy.length);
    }
    busy[pod] = !busy[pod];
    boolean start = busy[pod];
    int changed = pod;
    Latencies times = measured.calls();
    long madeAtNanos = ticker.nanos();
    waiting.put(LeaseHolders.name(pod), new OnItsWay(start ? 1 : 0, madeAtNanos));
    var _ =
        calls.submit(() -> {
          if (start) {
            holders.start(changed);
          } else {
            holders.end(changed);
          }
          times.add(ticker.nanos() - madeAtNanos);
        });
  }

  private void ask() throws IOException, InterruptedException {
    String selector =
        "pod in (" + waiting.keySet().stream().sorted().collect(Collectors.joining(",")) + ")";
    long askedAtNanos = ticker.nanos();
    Map<String, Double> tasks =
        reader.byLabel(
            TASKS + "?labelSelector=" + URLEncoder.encode(selector, StandardCharsets.UTF_8), "pod");
    long answeredAtNanos = ticker.nanos();
    measured.answers().add(answeredAtNanos - askedAtNanos);
    for (Map.Entry<String, OnItsWay> each : Map.copyOf(waiting).entrySet()) {
      long takenNanos = answeredAtNanos - each.getValue().madeAtNanos();
      if (tasks.getOrDefault(each.getKey(), -1.0) == each.getValue().tasks()) {
        measured.changes().add(takenNanos);
        waiting.remove(each.getKey());
      } else if (takenNanos > ANSWER_TIMEOUT.toNanos()) {
        throw new IOException("no answer has the change after " + ANSWER_TIMEOUT);
      }
    }
  }

  @Override
  public void close() {
    calls.shutdownNow();
  }
}
