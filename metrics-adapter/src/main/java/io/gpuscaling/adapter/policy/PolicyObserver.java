package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.api.CustomItem;
import io.gpuscaling.adapter.api.CustomQuery;
import io.gpuscaling.adapter.api.ExternalItem;
import io.gpuscaling.adapter.api.ExternalQuery;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.adapter.api.QueryResult;
import io.gpuscaling.adapter.api.selector.LabelSelector;
import io.gpuscaling.adapter.api.selector.Requirement;
import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Workload;
import io.gpuscaling.adapter.metrics.ServedMetrics;
import io.gpuscaling.adapter.metrics.ServedMetrics.GpuFitness;
import io.gpuscaling.adapter.policy.Standing.Steers;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.policy.observe.BusyWorkers;
import io.gpuscaling.policy.observe.Exactness;
import io.gpuscaling.policy.observe.ManualOverride;
import io.gpuscaling.policy.observe.Observation;
import io.gpuscaling.policy.observe.Observation.Missing;
import io.gpuscaling.policy.observe.Observation.Sampled;
import io.gpuscaling.policy.observe.Observations;
import io.gpuscaling.policy.spec.MetricRef;
import io.gpuscaling.policy.spec.Policy;
import io.gpuscaling.policy.spec.Rule;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a policy is told: what an HPA in its namespace would be told, with the exactness that an HPA
 * cannot see. For one round of evaluations, at one instant.
 */
final class PolicyObserver {

  /** What a status holds of a source and of a sentence, in characters. */
  private static final int MAX_SOURCE = 253;

  private static final int MAX_SENTENCE = 1000;

  private final ServedMetrics metrics;
  private final ClusterSnapshot cluster;
  private final OutsideSources outside;
  private final MonotonicInstants instants;
  private final long nowNanos;
  private final PolicyRoom room;

  /**
   * At one instant.
   *
   * @param metrics as of {@code nowNanos}
   */
  PolicyObserver(
      ServedMetrics metrics,
      ClusterSnapshot cluster,
      OutsideSources outside,
      MonotonicInstants instants,
      long nowNanos) {
    this.metrics = metrics;
    this.cluster = cluster;
    this.outside = outside;
    this.instants = instants;
    this.nowNanos = nowNanos;
    this.room = new PolicyRoom(cluster, metrics);
  }

  /**
   * Everything but what the pool grants.
   *
   * @param override of a person
   * @param resumedAt when a person last ended a pause of the breaker
   * @param now by the wall clock
   */
  Observations observe(
      Steers steers, Optional<ManualOverride> override, Optional<Instant> resumedAt, Instant now) {
    Policy policy = steers.policy();
    return new Observations(
        rules(policy, steers.target()),
        steers.replicas(),
        pending(cluster, steers.target(), steers.replicas(), policy.warmUp(), now),
        busy(steers.target()),
        room.of(steers),
        OptionalInt.empty(),
        override,
        resumedAt);
  }

  /** Who goes when replicas are removed. */
  Victims victims() {
    return new Victims(cluster, metrics, outside);
  }

  /** What exporters say of the GPUs of a node. */
  Optional<GpuFitness> fitness(String node) {
    return metrics.gpuFitness(node);
  }

  /** By the names of the rules. */
  Map<String, Observation> rules(Policy policy, Workload target) {
    Map<String, Observation> rules = HashMap.newHashMap(policy.rules().size());
    for (Rule rule : policy.rules()) {
      rules.put(rule.name(), observe(rule.metric(), policy, target));
    }
    return rules;
  }

  private Observation observe(MetricRef metric, Policy policy, Workload target) {
    String namespace = policy.name().namespace();
    return switch (metric) {
      case MetricRef.Series(String name, Map<String, String> labels) ->
          series(new ExternalQuery(namespace, name, selector(labels)));
      case MetricRef.OfTarget(String name) -> ofTarget(name, target);
      case MetricRef.Utilization(_, MetricRef.Resource resource) ->
          outside.utilization(target, resource);
      case MetricRef.Query(_, String query) -> outside.query(namespace, query);
    };
  }

  private static LabelSelector selector(Map<String, String> labels) {
    return new LabelSelector(
        labels.entrySet().stream()
            .<Requirement>map(it -> new Requirement.Equal(it.getKey(), it.getValue()))
            .toList());
  }

  private Observation series(ExternalQuery query) {
    return switch (metrics.external(query)) {
      case QueryResult.Failed<ExternalItem>(QueryFailure failure) ->
          new Missing(sentence(failure, query.metric()));
      case QueryResult.Items<ExternalItem>(List<ExternalItem> items) -> sum(items, query);
    };
  }

  private Observation sum(List<ExternalItem> items, ExternalQuery query) {
    if (items.isEmpty()) {
      return new Missing("no series of " + query.metric() + " is " + query.metricSelector());
    }
    return switch (ItemSum.of(items)) {
      case ItemSum.Sum(double value, Duration age, Exactness exactness) ->
          sampled(value, age, exactness, query.metricSelector().toString());
      case ItemSum.Contradiction() ->
          new Missing("of some series a lower bound is known and of others an upper bound");
    };
  }

  private Observation ofTarget(String metric, Workload target) {
    return switch (metrics.custom(aboutTarget(metric, target))) {
      case QueryResult.Failed<CustomItem>(QueryFailure failure) ->
          new Missing(sentence(failure, metric));
      case QueryResult.Items<CustomItem>(List<CustomItem> items) when items.size() == 1 ->
          sampled(
              items.getFirst().value(),
              items.getFirst().age(),
              Exactness.EXACT,
              target.kind().kind() + "/" + target.name());
      case QueryResult.Items<CustomItem> _ -> new Missing("the target has no " + metric);
    };
  }

  private static CustomQuery aboutTarget(String metric, Workload target) {
    return new CustomQuery(
        target.namespace(),
        target.kind().resource(),
        target.name(),
        metric,
        LabelSelector.EVERYTHING,
        LabelSelector.EVERYTHING);
  }

  private Observation sampled(double value, Duration age, Exactness exactness, String source) {
    return Double.isFinite(value)
        ? new Sampled(
            instants.at(nowNanos - age.toNanos()), value, exactness, cut(source, MAX_SOURCE))
        : new Missing("the value is no finite number");
  }

  private static String cut(String text, int maxChars) {
    return text.length() <= maxChars ? text : text.substring(0, maxChars - 3) + "...";
  }

  /** How many workers of the target run a task. */
  BusyWorkers busy(Workload target) {
    String metric = ServedMetric.GPU_WORKERS_BUSY.metricName();
    return busy(
        metrics.custom(aboutTarget(metric, target)),
        metrics.mayAnnounceTasks(target.kind(), target.namespace(), target.name()));
  }

  static BusyWorkers busy(QueryResult<CustomItem> answer, boolean mayAnnounceTasks) {
    return switch (answer) {
      case QueryResult.Items<CustomItem>(List<CustomItem> items) when items.size() == 1 ->
          new BusyWorkers.Known((int) Math.ceil(items.getFirst().value()));
      case QueryResult.Items<CustomItem> _ -> new BusyWorkers.Untracked();
      case QueryResult.Failed<CustomItem>(QueryFailure failure) ->
          mayAnnounceTasks
              ? new BusyWorkers.Unknown(
                  sentence(failure, ServedMetric.GPU_WORKERS_BUSY.metricName()))
              : new BusyWorkers.Untracked();
    };
  }

  /** Replicas that are not there yet, or not ready and younger than a time. */
  static int pending(
      ClusterSnapshot cluster, Workload target, int replicas, Duration warmUp, Instant now) {
    int missing = target.scale().map(it -> Math.max(0, replicas - it.observed())).orElse(0);
    return missing + cluster.startingPods(target, now.minus(warmUp));
  }

  /** A failure in the words of the metrics APIs. */
  static String sentence(QueryFailure failure, String metric) {
    return cut(words(failure, metric), MAX_SENTENCE);
  }

  private static String words(QueryFailure failure, String metric) {
    return switch (failure) {
      case QueryFailure.UnknownMetric() -> "there is no metric " + metric + " of this";
      case QueryFailure.NoSuchObject() -> "the target has no " + metric;
      case QueryFailure.NotGranted(String sentence) -> sentence;
      case QueryFailure.Ambiguous(String sentence) -> sentence;
      case QueryFailure.Unavailable(String sentence) -> sentence;
    };
  }
}
