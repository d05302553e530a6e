package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.leader.Leadership;
import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.adapter.metrics.ClusterView;
import io.gpuscaling.adapter.metrics.ServedMetrics;
import io.gpuscaling.adapter.policy.PooledEngine.Wish;
import io.gpuscaling.adapter.policy.RecordedStatus.SeenOverride;
import io.gpuscaling.adapter.policy.Standing.Refused;
import io.gpuscaling.adapter.policy.Standing.Steers;
import io.gpuscaling.adapter.policy.Standings.Autoscaling;
import io.gpuscaling.adapter.policy.StatusWrites.Basis;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.kubernetes.policy.Controls;
import io.gpuscaling.kubernetes.policy.ScalingPolicy;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.policy.degrade.DegradationState;
import io.gpuscaling.policy.engine.Decision;
import io.gpuscaling.policy.engine.Engine;
import io.gpuscaling.policy.engine.Evaluation;
import io.gpuscaling.policy.observe.ManualOverride;
import io.gpuscaling.policy.observe.Observations;
import io.gpuscaling.policy.spec.Policy;
import io.gpuscaling.policy.spec.PolicyName;
import io.gpuscaling.policy.state.Actions;
import io.gpuscaling.policy.state.EngineState;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Evaluates each policy once in its interval, on every replica, and publishes what is served. Only
 * the leader's decisions are written; the others keep their windows full, so that whoever takes
 * over knows as much. One thread calls {@link #round} again and again; it never blocks.
 */
final class PolicyEvaluator {

  private static final Logger log = LoggerFactory.getLogger(PolicyEvaluator.class);

  /** A gap between two rounds after which this process counts as having been stopped. */
  static final Duration STOPPED_AFTER = ServedPolicies.MAX_SNAPSHOT_AGE;

  /** After such a gap the watches get this long to catch up before anything is served. */
  static final Duration SETTLING = Duration.ofSeconds(5);

  /** A policy without news of its leader for so many durations of the Lease is not served. */
  static final int LEASES_UNTIL_SILENCE = 2;

  /** What evaluations are made with. */
  record Parts(
      PolicyObjects objects,
      ClusterView cluster,
      ServedMetrics metrics,
      OutsideSources outside,
      Leadership leadership,
      Duration leaseDuration,
      StatusWrites writes,
      DeletionOrders deletions,
      AutoscalerKeeper autoscalers,
      Supplier<ScaleToZero> scaleToZero,
      PoolReports pools,
      Executor writers,
      PolicyNews news,
      ServedPolicies served,
      PolicyMetrics counts,
      PolicyEffects effects,
      Ticker ticker,
      InstantSource clock) {}

  private final Parts parts;
  private final MonotonicInstants instants;
  private final PolicyRecorder recorder;
  private final PooledEngine engine = new PooledEngine();
  private final Map<PolicyName, PolicyRun> runs = new HashMap<>();
  private final long originNanos;
  private long roundNanos;
  private long settledNanos;

  PolicyEvaluator(Parts parts) {
    this.parts = parts;
    this.instants = new MonotonicInstants(parts.ticker(), parts.clock());
    this.recorder =
        new PolicyRecorder(
            parts.writes(),
            parts.writers(),
            parts.news(),
            parts.counts(),
            parts.effects(),
            new WriteBudget(parts.ticker().nanos()));
    this.originNanos = parts.ticker().nanos();
    this.roundNanos = originNanos;
    this.settledNanos = roundNanos;
  }

  /** Whatever is due now. */
  void round() {
    long nowNanos = parts.ticker().nanos();
    if (nowNanos - roundNanos > STOPPED_AFTER.toNanos()) {
      settledNanos = nowNanos + SETTLING.toNanos();
      runs.values().forEach(PolicyRun::unwatched);
      log.atWarn()
          .addKeyValue("seconds", Duration.ofNanos(nowNanos - roundNanos).toSeconds())
          .log("this process was stopped; policies are served again when the watches caught up");
    }
    roundNanos = nowNanos;
    PolicyObjects.Snapshot objects = parts.objects().snapshot();
    ClusterSnapshot cluster = parts.cluster().snapshot();
    boolean isKnown = objects.isKnown() && cluster.isSynced();
    Map<PolicyName, Standing> standings =
        isKnown
            ? Standings.of(
                objects,
                cluster,
                parts.outside(),
                new Autoscaling(parts.autoscalers().mayWrite(), parts.scaleToZero().get()))
            : Map.of();
    if (objects.isKnown()) {
      adopt(objects, nowNanos);
    }
    boolean isLeader = parts.leadership().isHeld() && nowNanos - settledNanos >= 0;
    PolicyObserver observer =
        new PolicyObserver(
            parts.metrics().forPolicies(nowNanos), cluster, parts.outside(), instants, nowNanos);
    engine.beginRound(steering(standings));
    parts.effects().used(standings, isLeader, nowNanos);
    parts.effects().forgetBeside(runs.keySet());
    Round round = new Round(cluster, observer, isLeader, nowNanos);
    List<Due> due = new ArrayList<>();
    for (PolicyRun run : runs.values()) {
      recorder.take(run, nowNanos);
      Standing standing = standings.get(run.object().name());
      if (standing == null) {
        run.unwatched();
        continue;
      }
      run.watch(standing, parts.clock().instant());
      if (!run.isWriting()) {
        step(run, standing, round, due);
      }
    }
    // Whoever comes first takes nothing from a pool that another has a better claim to.
    due.forEach(it -> decide(it, round));
    if (isLeader) {
      parts.autoscalers().keep(objects, standings, nowNanos);
      if (isKnown) {
        parts
            .pools()
            .report(
                objects.pools(),
                pool -> engine.account(pool, cluster, observer::fitness),
                nowNanos,
                parts.clock().instant());
      }
    }
    publish(objects, cluster, standings, nowNanos);
  }

  private static Set<PolicyName> steering(Map<PolicyName, Standing> standings) {
    Set<PolicyName> steering = new HashSet<>();
    standings.forEach((name, standing) -> {
      if (standing instanceof Steers) {
        steering.add(name);
      }
    });
    return steering;
  }

  /** What all policies of one round have in common. */
  private record Round(
      ClusterSnapshot cluster, PolicyObserver observer, boolean isLeader, long nowNanos) {}

  /** A policy that is evaluated in this round. */
  private record Due(
      PolicyRun run, Wish wish, Optional<SeenOverride> override, Instant now, long tookNanos) {}

  /** By the wall clock, and never before what another replica's clock has written. */
  private Instant instant(PolicyRun run) {
    Actions actions = run.object().status().actions();
    Instant now = parts.clock().instant();
    Instant written =
        actions.pending().map(it -> it.decidedAt()).or(actions::last).orElse(Instant.MIN);
    return written.isAfter(now) ? written : now;
  }

  private void adopt(PolicyObjects.Snapshot objects, long nowNanos) {
    runs.keySet().retainAll(objects.policies().keySet());
    objects
        .policies()
        .forEach((name, object) -> {
          PolicyRun run = runs.get(name);
          if (run == null || !run.isOf(object)) {
            runs.put(name, new PolicyRun(object, nowNanos));
          } else if (run.adopt(object)) {
            run.dueAt(nowNanos);
          }
        });
  }

  private void step(PolicyRun run, Standing standing, Round round, List<Due> due) {
    Instant now = instant(run);
    switch (standing) {
      case Refused refused -> {
        if (round.isLeader()) {
          recorder.write(
              run,
              StatusDraft.refused(
                  run.object(), parts.autoscalers().told(run.object(), refused), now),
              List.of(),
              Optional.empty(),
              round.nowNanos());
        }
      }
      case Steers steers -> {
        if (run.isDue(round.nowNanos())) {
          due.add(wish(run, steers, round, now));
        } else if (run.isMoved(steers.replicas()) && round.isLeader()) {
          follow(run, steers, now);
        }
      }
    }
  }

  private Due wish(PolicyRun run, Steers steers, Round round, Instant now) {
    long began = parts.ticker().nanos();
    run.dueAt(next(run.dueNanos(), steers, round.nowNanos()));
    var _ = run.isMoved(steers.replicas());
    Optional<SeenOverride> override = override(run.object(), now);
    Controls controls = controls(run.object());
    Observations seen =
        round
            .observer()
            .observe(
                steers,
                override.flatMap(
                    it -> controls.order().map(order -> new ManualOverride(order, it.until()))),
                controls.resumedAt(),
                now);
    Wish wish = engine.wish(steers, seen, run.stateFor(steers.policy()), now);
    return new Due(run, wish, override, now, parts.ticker().nanos() - began);
  }

  private void decide(Due due, Round round) {
    long began = parts.ticker().nanos();
    PolicyRun run = due.run();
    Steers steers = due.wish().steers();
    Policy policy = steers.policy();
    PooledEngine.Decided decided =
        engine.decide(due.wish(), round.cluster(), round.observer()::fitness, due.now());
    Evaluation evaluation = decided.evaluation();
    run.evaluated(decided);
    parts.effects().evaluated(run.object().name(), evaluation.decision());
    DegradationState degradation = run.degradation(policy, evaluation.decision());
    parts
        .counts()
        .evaluated(evaluation.decision(), due.tookNanos() + parts.ticker().nanos() - began);
    if (round.isLeader()) {
      recorder.write(
          run,
          StatusDraft.of(
              run.object(),
              policy,
              evaluation.decision(),
              evaluation.state().actions(),
              due.override(),
              degradation,
              byAutoscalers(run, steers, evaluation.decision(), due.now()),
              due.now()),
          evaluation.events(),
          Optional.of(
              new Basis(policy.target(), steers.replicas(), firstToGo(steers, evaluation, round))),
          round.nowNanos());
    }
  }

  private List<Condition> byAutoscalers(
      PolicyRun run, Steers steers, Decision decision, Instant now) {
    Optional<ToldInstead> told =
        decision
            .served()
            .flatMap(wanted -> ToldInstead.of(steers, wanted, run.past(), parts.clock().instant()));
    return Stream.concat(
            FollowedCondition.of(steers, parts.autoscalers().kept(run.object()), told, now)
                .stream(),
            ZeroReplicas.condition(steers, parts.scaleToZero().get(), now).stream())
        .toList();
  }

  /** The idle pods that go first; whoever was chosen for a decision that is no more is pardoned. */
  private List<String> firstToGo(Steers steers, Evaluation evaluation, Round round) {
    if (!parts.deletions().areWanted() || steers.policy().isShadow()) {
      return List.of();
    }
    Victims victims = round.observer().victims();
    victims.prepare(steers.target());
    List<String> chosen =
        evaluation
            .state()
            .actions()
            .pending()
            .filter(it -> !it.isUp())
            .map(it -> victims.choose(steers.target(), steers.replicas() - it.to()))
            .orElse(List.of());
    parts.deletions().pardon(steers.policy().name(), victims.pardoned(steers.target(), chosen));
    return chosen;
  }

  /**
   * The next turn: evaluations that were missed are not made up for. Those of a pool take their
   * turns together, on one grid, so that the better claim is known when the other is decided.
   */
  private long next(long dueNanos, Steers steers, long nowNanos) {
    long interval = steers.policy().evaluationInterval().toNanos();
    if (steers.pool().isPresent()) {
      return nowNanos + interval - Math.floorMod(nowNanos - originNanos, interval);
    }
    long next = dueNanos + interval;
    return next - nowNanos > 0 ? next : nowNanos + interval;
  }

  private static Controls controls(PolicyObject object) {
    return object.read() instanceof Read.Valid<ScalingPolicy>(ScalingPolicy valid)
        ? valid.controls()
        : Controls.NONE;
  }

  /** An order and its end; one without an end counts from when it was first seen. */
  private static Optional<SeenOverride> override(PolicyObject object, Instant now) {
    Controls controls = controls(object);
    if (controls.order().isEmpty()) {
      return Optional.empty();
    }
    String text = object.metadata().annotations().getOrDefault(Controls.OVERRIDE, "");
    Optional<SeenOverride> known = object.status().override().filter(it -> it.order().equals(text));
    Instant since = known.map(SeenOverride::since).orElse(now);
    return controls.override(since).map(it -> new SeenOverride(text, since, it.until()));
  }

  /** The target has moved between two evaluations: a cooldown begins now, not later. */
  private void follow(PolicyRun run, Steers steers, Instant now) {
    Actions before = run.object().status().actions();
    if (before.pending().isEmpty()) {
      return;
    }
    EngineState followed = Engine.follow(steers.policy(), steers.replicas(), run.state(), now);
    if (!followed.actions().equals(before)) {
      recorder.write(
          run,
          StatusDraft.followed(run.object(), followed.actions(), steers.replicas()),
          Tidings.of(before, followed.actions(), steers.replicas(), now),
          Optional.empty(),
          roundNanos);
    }
  }

  private void publish(
      PolicyObjects.Snapshot objects,
      ClusterSnapshot cluster,
      Map<PolicyName, Standing> standings,
      long nowNanos) {
    Instant now = parts.clock().instant();
    Map<String, List<ServedPolicies.Entry>> entries = new HashMap<>();
    int ready = 0;
    for (PolicyRun run : runs.values()) {
      Standing standing = standings.get(run.object().name());
      if (standing != null) {
        ready += standing instanceof Steers ? 1 : 0;
        entries
            .computeIfAbsent(run.object().name().namespace(), _ -> new ArrayList<>())
            .add(
                ServedPolicies.entry(
                    new ServedPolicies.Told(run.object(), standing, run.decision(), run.inputs()),
                    run.past(),
                    now));
      }
    }
    parts.counts().known(ready, standings.size() - ready);
    parts.counts().recorded(runs.values());
    parts
        .served()
        .publish(
            new ServedPolicies.Published(
                entries,
                problem(objects, cluster, nowNanos),
                parts.leadership().heartbeatAge().orElse(Duration.ZERO),
                nowNanos));
  }

  /** Why nothing may be served. */
  private Optional<String> problem(
      PolicyObjects.Snapshot objects, ClusterSnapshot cluster, long nowNanos) {
    if (!objects.isKnown()) {
      return Optional.of(objects.problem());
    }
    if (!cluster.isSynced()) {
      return Optional.of("the adapter has not read the cluster's workloads yet");
    }
    if (nowNanos - settledNanos < 0) {
      return Optional.of("the adapter was stopped, and reads the cluster again");
    }
    Duration limit = parts.leaseDuration().multipliedBy(LEASES_UNTIL_SILENCE);
    Optional<Duration> heartbeat = parts.leadership().heartbeatAge();
    if (heartbeat.isEmpty()) {
      return Optional.of("no adapter has been heard of that decides");
    }
    return heartbeat.get().compareTo(limit) > 0
        ? Optional.of(
            "no adapter that decides has been heard of for " + heartbeat.get().toSeconds() + " s")
        : Optional.empty();
  }
}
