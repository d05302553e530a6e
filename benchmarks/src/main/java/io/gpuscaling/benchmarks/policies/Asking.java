package io.gpuscaling.benchmarks.policies;

import io.gpuscaling.adapter.api.CustomQuery;
import io.gpuscaling.adapter.api.GroupResource;
import io.gpuscaling.adapter.api.MetricsQuery;
import io.gpuscaling.adapter.api.PolicyAnswer;
import io.gpuscaling.adapter.api.PolicyQuery;
import io.gpuscaling.adapter.api.PolicySubresource;
import io.gpuscaling.adapter.api.QueryResult;
import io.gpuscaling.adapter.api.selector.LabelSelector;
import io.gpuscaling.benchmarks.load.Latencies;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.policy.spec.PolicyName;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.json.JsonMapper;

/**
 * Asks at a steady rate, as an API server would: why a policy has its replicas, written as JSON,
 * and the number of a target. Closing ends it.
 */
final class Asking implements AutoCloseable {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final GroupResource DEPLOYMENTS = new GroupResource("apps", "deployments");
  private static final String DESIRED = "scaling_policy_desired_replicas";

  /**
   * Who is asked.
   *
   * @param names of policies
   * @param targets of the same policies, in the same order
   */
  record Asked(
      PolicyQuery policies, MetricsQuery metrics, List<PolicyName> names, List<String> targets) {}

  private final Asked asked;
  private final Ticker ticker;
  private final ScheduledExecutorService clock = Executors.newScheduledThreadPool(2);
  private final SplittableRandom random = new SplittableRandom(1);
  private final Latencies explanations = new Latencies();
  private final Latencies numbers = new Latencies();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong unanswered = new AtomicLong();

  private Asking(Asked asked, Ticker ticker) {
    this.asked = asked;
    this.ticker = ticker;
  }

  /**
   * Begins.
   *
   * @param explanationsPerSecond 0: none
   * @param numbersPerSecond 0: none
   */
  static Asking start(Asked asked, int explanationsPerSecond, int numbersPerSecond, Ticker ticker) {
    var asking = new Asking(asked, ticker);
    asking.repeat(explanationsPerSecond, asking::explain);
    asking.repeat(numbersPerSecond, asking::number);
    return asking;
  }

  private void repeat(int perSecond, Runnable question) {
    if (perSecond > 0) {
      long interval = Duration.ofSeconds(1).toNanos() / perSecond;
      var _ = clock.scheduleAtFixedRate(question, interval, interval, TimeUnit.NANOSECONDS);
    }
  }

  private synchronized int next() {
    return random.nextInt(asked.names().size());
  }

  private void explain() {
    PolicyName name = asked.names().get(next());
    long began = ticker.nanos();
    PolicyAnswer answer =
        asked.policies().ask(PolicySubresource.EXPLAIN, name.namespace(), name.name());
    if (answer instanceof PolicyAnswer.Document(var fields, _)) {
      bytes.set(JSON.writeValueAsBytes(fields).length);
      explanations.add(ticker.nanos() - began);
    } else {
      unanswered.incrementAndGet();
    }
  }

  private void number() {
    int i = next();
    long began = ticker.nanos();
    var result =
        asked
            .metrics()
            .custom(
                new CustomQuery(
                    asked.names().get(i).namespace(),
                    DEPLOYMENTS,
                    asked.targets().get(i),
                    DESIRED,
                    LabelSelector.EVERYTHING,
                    LabelSelector.EVERYTHING));
    if (result instanceof QueryResult.Items) {
      numbers.add(ticker.nanos() - began);
    } else {
      unanswered.incrementAndGet();
    }
  }

  /** What was measured, for people. */
  String told() {
    return String.format(
        Locale.ROOT,
        "%d explanations of %d bytes: %s; %d numbers: %s; %d unanswered",
        explanations.count(),
        bytes.get(),
        quantiles(explanations),
        numbers.count(),
        quantiles(numbers),
        unanswered.get());
  }

  private static String quantiles(Latencies latencies) {
    return String.format(
        Locale.ROOT,
        "p50 %.3f ms, p99 %.3f ms, longest %.3f ms",
        millis(latencies.quantile(0.5)),
        millis(latencies.quantile(0.99)),
        millis(latencies.quantile(1)));
  }

  private static double millis(Duration time) {
    return time.toNanos() / 1e6;
  }

  @Override
  public void close() {
    clock.close();
  }
}
