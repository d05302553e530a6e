package io.gpuscaling.benchmarks.fleet;

import io.gpuscaling.benchmarks.load.Latencies;
import io.gpuscaling.benchmarks.process.MetricsReader;
import io.gpuscaling.benchmarks.process.MetricsReader.External;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.time.Ticker;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Asks for sums that must not change, one after the other and again and again, until it is closed;
 * keeps each answer that is another sum, or none. Safe for use by any thread.
 */
public final class SumWatch implements AutoCloseable {

  /** Of wrong answers more are counted than kept. */
  private static final int MAX_KEPT = 20;

  private final MetricsReader reader;
  private final Map<ServedMetric, Long> expected;
  private final List<ServedMetric> metrics;
  private final Ticker ticker = Ticker.system();
  private final Latencies latencies = new Latencies();
  private final List<String> wrong = new CopyOnWriteArrayList<>();
  private final Thread thread;
  private volatile boolean isClosed;
  private volatile long wrongCount;

  private SumWatch(MetricsReader reader, Map<ServedMetric, Long> expected) {
    this.reader = reader;
    this.expected = Map.copyOf(expected);
    this.metrics = expected.keySet().stream().sorted().toList();
    this.thread = Thread.ofVirtual().name("sum-watch").unstarted(this::watch);
  }

  /** Begins to ask. */
  public static SumWatch start(MetricsReader reader, Map<ServedMetric, Long> expected) {
    var watch = new SumWatch(reader, expected);
    watch.thread.start();
    return watch;
  }

  private void watch() {
    while (!isClosed) {
      for (ServedMetric metric : metrics) {
        long begin = ticker.nanos();
        External answer = ask(metric);
        latencies.add(ticker.nanos() - begin);
        if (answer.sum().isEmpty()
            || answer.sum().getAsDouble() != expected.getOrDefault(metric, -1L)) {
          note(metric, answer);
        }
      }
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // by one thread alone
  private void note(ServedMetric metric, External answer) {
    wrongCount++;
    if (wrong.size() < MAX_KEPT) {
      wrong.add(metric.metricName() + ": " + expected.get(metric) + " expected, but " + answer);
    }
  }

  private External ask(ServedMetric metric) {
    try {
      return reader.external(metric.metricName());
    } catch (IOException e) {
      return External.none(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return External.none(new IOException("interrupted", e));
    }
  }

  /** How long answers took. */
  public Latencies latencies() {
    return latencies;
  }

  /** How many answers were not the sum. */
  public long wrongCount() {
    return wrongCount;
  }

  /** The first answers that were not the sum. */
  public List<String> wrong() {
    return List.copyOf(wrong);
  }

  /** Asks no more; waits for the answer that is on its way. */
  @Override
  public void close() {
    isClosed = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
