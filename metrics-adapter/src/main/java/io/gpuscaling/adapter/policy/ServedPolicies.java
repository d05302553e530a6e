package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.api.CustomItem;
import io.gpuscaling.adapter.api.CustomQuery;
import io.gpuscaling.adapter.api.DescribedObject;
import io.gpuscaling.adapter.api.ExternalItem;
import io.gpuscaling.adapter.api.ExternalQuery;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.adapter.api.QueryResult;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Workload;
import io.gpuscaling.adapter.metrics.DesiredReplicas;
import io.gpuscaling.adapter.metrics.WorkloadKind;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.kubernetes.policy.EvaluationInputs;
import io.gpuscaling.kubernetes.policy.ScalingPolicy;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.policy.engine.Decision;
import io.gpuscaling.policy.hpa.HpaPast;
import io.gpuscaling.policy.hpa.MilliQuantity;
import io.gpuscaling.policy.spec.PolicyName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Serves what policies have decided, from one immutable snapshot. A snapshot that is not published
 * anew in time is not served: its maker may have been stopped, and others may have gone on.
 */
public final class ServedPolicies implements DesiredReplicas {

  /** Some rounds of the evaluator; a process that was stopped longer has missed something. */
  static final Duration MAX_SNAPSHOT_AGE = Duration.ofSeconds(5);

  private final Ticker ticker;
  private volatile Published published =
      new Published(
          Map.of(),
          Optional.of("the adapter has not looked at its scaling policies yet"),
          Duration.ZERO,
          0);

  /** Serves nothing yet. */
  public ServedPolicies(Ticker ticker) {
    this.ticker = ticker;
  }

  /**
   * One policy.
   *
   * @param name of the policy
   * @param target what it is about, where that is known
   * @param number what an HPA is told
   * @param told what can be asked about it
   */
  record Entry(PolicyName name, Optional<Target> target, ServedNumber number, Told told) {}

  /**
   * What can be asked about a policy.
   *
   * @param object as it is written
   * @param standing whether it may steer
   * @param decision of the newest evaluation on this replica
   * @param inputs that it was made of
   */
  record Told(
      PolicyObject object,
      Standing standing,
      Optional<Decision> decision,
      Optional<EvaluationInputs> inputs) {}

  /** The object of a policy: its kind, name and labels. */
  record Target(WorkloadKind kind, String name, Map<String, String> labels) {}

  /**
   * All policies at one instant.
   *
   * @param byNamespace of those that are the only ones on their target, and of those without one
   * @param problem why none is served; empty when they are
   * @param heartbeat how long ago the leader was heard of
   * @param atNanos when it was made
   */
  record Published(
      Map<String, List<Entry>> byNamespace,
      Optional<String> problem,
      Duration heartbeat,
      long atNanos) {}

  /**
   * One policy, as it can be asked about now.
   *
   * @param entry of the policy; empty when there is none
   * @param problem why no number is served; empty when they are
   * @param age of what the entry tells
   */
  record Asked(Optional<Entry> entry, Optional<String> problem, Duration age) {}

  /** One policy, as it can be asked about now. */
  Asked ask(PolicyName name) {
    Published now = published;
    return new Asked(
        now.byNamespace().getOrDefault(name.namespace(), List.of()).stream()
            .filter(it -> it.name().equals(name))
            .findFirst(),
        problem(now),
        now.heartbeat().plusNanos(Math.max(0, ticker.nanos() - now.atNanos())));
  }

  /**
   * What is served of a policy now.
   *
   * @param past what its HPA may remember
   */
  static Entry entry(Told told, HpaPast past, Instant now) {
    PolicyObject object = told.object();
    return new Entry(
        object.name(),
        target(object, told.standing()),
        ServedNumber.of(object, told.standing(), past, now),
        told);
  }

  /** Of a policy that may not steer, for the sentence; unless another one steers there. */
  private static Optional<Target> target(PolicyObject object, Standing standing) {
    return switch (standing) {
      case Standing.Steers(_, Workload it, _, _, _) ->
          Optional.of(new Target(it.kind(), it.name(), it.labels()));
      case Standing.Refused(String reason, _, _) ->
          reason.equals(Standings.CONFLICT)
              ? Optional.empty()
              : object
                  .target()
                  .flatMap(it ->
                      WorkloadKind.of(it.apiVersion(), it.kind())
                          .map(kind -> new Target(kind, it.name(), Map.of())));
    };
  }

  void publish(Published next) {
    published = next;
  }

  /** The number of a policy now, for the page of metrics and for tests. */
  ServedNumber number(PolicyName name) {
    Asked asked = ask(name);
    return asked
        .problem()
        .<ServedNumber>map(ServedNumber.None::new)
        .orElseGet(() ->
            asked
                .entry()
                .map(Entry::number)
                .orElseGet(() -> new ServedNumber.None("there is no such policy")));
  }

  private Optional<String> problem(Published now) {
    long age = ticker.nanos() - now.atNanos();
    return now.problem().isEmpty() && age > MAX_SNAPSHOT_AGE.toNanos()
        ? Optional.of(
            "the adapter has not looked at its scaling policies for "
                + Duration.ofNanos(age).toSeconds()
                + " s")
        : now.problem();
  }

  @Override
  public QueryResult<CustomItem> custom(CustomQuery query) {
    Optional<WorkloadKind> kind =
        WorkloadKind.of(query.resource()).filter(it -> it != WorkloadKind.SERVICE);
    if (kind.isEmpty()) {
      return new QueryResult.Failed<>(new QueryFailure.UnknownMetric());
    }
    Published now = published;
    Optional<String> problem = problem(now);
    if (problem.isPresent()) {
      return unavailable(problem.get());
    }
    List<CustomItem> items = new ArrayList<>();
    List<Entry> entries = now.byNamespace().getOrDefault(query.namespace(), List.of());
    for (Entry entry : entries) {
      if (entry.target().isPresent()
          && isMeant(query, kind.get(), entry)
          && !isBesideAnother(entry, entries)) {
        Target target = entry.target().get();
        switch (entry.number()) {
          case ServedNumber.None(String sentence) -> {
            return unavailable(sentenceOf(entry, sentence));
          }
          case ServedNumber.Withheld(_, String sentence) -> {
            return unavailable(sentenceOf(entry, ": ", sentence));
          }
          case ServedNumber.Replicas(int replicas) ->
              items.add(item(query.namespace(), target, replicas));
          case ServedNumber.Instead(_, long milli, _) ->
              items.add(item(query.namespace(), target, value(milli)));
        }
      }
    }
    return items.isEmpty() && !query.isForAll()
        ? new QueryResult.Failed<>(new QueryFailure.NoSuchObject())
        : new QueryResult.Items<>(items);
  }

  private static CustomItem item(String namespace, Target target, double value) {
    return new CustomItem(
        new DescribedObject(
            target.kind().apiVersion(), target.kind().kind(), namespace, target.name()),
        value,
        Duration.ZERO);
  }

  private static double value(long milli) {
    return milli / (double) MilliQuantity.PER_UNIT;
  }

  /** One that cannot be understood is told of, unless a good one steers the same target. */
  private static boolean isBesideAnother(Entry entry, List<Entry> entries) {
    return isInvalid(entry)
        && entries.stream().anyMatch(it -> !isInvalid(it) && isSame(it.target(), entry.target()));
  }

  private static boolean isInvalid(Entry entry) {
    return entry.told().object().read() instanceof Read.Invalid<ScalingPolicy>;
  }

  private static boolean isSame(Optional<Target> one, Optional<Target> other) {
    return one.isPresent()
        && other.isPresent()
        && one.get().kind() == other.get().kind()
        && one.get().name().equals(other.get().name());
  }

  private static boolean isMeant(CustomQuery query, WorkloadKind kind, Entry entry) {
    Target target = entry.target().orElseThrow();
    return target.kind() == kind
        && (query.isForAll() || target.name().equals(query.name()))
        && query.objectSelector().matches(target.labels())
        && query.metricSelector().matches(labels(entry.name()));
  }

  @Override
  public QueryResult<ExternalItem> external(ExternalQuery query) {
    Published now = published;
    Optional<String> problem = problem(now);
    if (problem.isPresent()) {
      return unavailable(problem.get());
    }
    List<Entry> selected =
        now.byNamespace().getOrDefault(query.namespace(), List.of()).stream()
            .filter(it -> query.metricSelector().matches(labels(it.name())))
            .toList();
    if (selected.size() > 1) {
      return new QueryResult.Failed<>(
          new QueryFailure.Ambiguous(
              query.metric()
                  + " does not add up and "
                  + selected.size()
                  + " policies match; select one by the label policy"));
    }
    if (selected.isEmpty()) {
      return new QueryResult.Items<>(List.of());
    }
    Entry entry = selected.getFirst();
    return switch (entry.number()) {
      case ServedNumber.None(String sentence) -> unavailable(sentenceOf(entry, sentence));
      case ServedNumber.Withheld(_, String sentence) ->
          unavailable(sentenceOf(entry, ": ", sentence));
      case ServedNumber.Replicas(int replicas) -> item(entry, replicas);
      case ServedNumber.Instead(_, long milli, _) -> item(entry, value(milli));
    };
  }

  private static QueryResult<ExternalItem> item(Entry entry, double value) {
    return new QueryResult.Items<>(
        List.of(new ExternalItem(labels(entry.name()), value, Duration.ZERO)));
  }

  private static Labels labels(PolicyName name) {
    return Labels.of("namespace", name.namespace(), "policy", name.name());
  }

  private static String sentenceOf(Entry entry, String sentence) {
    return sentenceOf(entry, " wants no number: ", sentence);
  }

  private static String sentenceOf(Entry entry, String what, String sentence) {
    PolicyName name = entry.name();
    return "ScalingPolicy "
        + name
        + what
        + sentence
        + " (kubectl gpuscaling explain "
        + name.name()
        + " -n "
        + name.namespace()
        + ", or kubectl describe scalingpolicy)";
  }

  private static <T> QueryResult<T> unavailable(String sentence) {
    return new QueryResult.Failed<>(new QueryFailure.Unavailable(sentence));
  }
}
