package io.gpuscaling.demo;

import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.demo.policy.PolicyReport;
import io.gpuscaling.demo.policy.ShortenedPolicy;
import io.gpuscaling.demo.story.DemoPlan;
import io.gpuscaling.demo.story.Explanation;
import io.gpuscaling.demo.story.Narration;
import io.gpuscaling.demo.story.Observation;
import io.gpuscaling.demo.story.Phase;
import io.gpuscaling.demo.story.Story;
import io.gpuscaling.demo.story.Table;
import io.gpuscaling.policy.hpa.Hpa;
import io.gpuscaling.policy.hpa.HpaDecision;
import io.gpuscaling.policy.hpa.HpaMetric;
import io.gpuscaling.policy.hpa.HpaSpec;
import io.gpuscaling.policy.hpa.HpaState;
import io.gpuscaling.policy.hpa.MetricTarget;
import io.gpuscaling.policy.hpa.MilliQuantity;
import io.gpuscaling.policy.hpa.RatePolicy;
import io.gpuscaling.policy.hpa.Replicas;
import io.gpuscaling.policy.hpa.ScalingRules;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The loop: looks once a second, follows the policy as an HPA does, scales the workers, and tells
 * of it. One thread.
 */
final class DemoProgram {

  private static final Duration TICK = Duration.ofSeconds(1);
  private static final int MIN_REPLICAS = ShortenedPolicy.MIN_REPLICAS;
  private static final int MAX_REPLICAS = 12;
  private static final String POLICY = "policy";

  /** As `gpuscaling generate` prints it: exact in both directions, at once. */
  private static final ScalingRules EXACT =
      new ScalingRules(
          Duration.ZERO,
          List.of(new RatePolicy.Pods(100, Duration.ofSeconds(15))),
          ScalingRules.SelectPolicy.MAX,
          0);

  private static final long ROW_EVERY_SECONDS = 2;
  private static final long ROW_EVERY_QUIET_SECONDS = 5;
  private static final long LONG_SECONDS = 120;
  private static final long QUIET_SECONDS_BETWEEN_SPIKES = 15;
  private static final int MAX_COMPLAINTS = 10;

  /** A loop that has not closed by then times the plan's length never does; slow machines do. */
  private static final int PATIENCE = 3;

  private final DemoPlan plan;
  private final World.Running world;
  private final PrintStream out;
  private final Ticker ticker;
  private final HpaSpec hpa;
  private final Story story;
  private final Table table = new Table(World.NODES);
  private final Narration narration;
  private HpaState state = HpaState.EMPTY;
  private int replicas = MIN_REPLICAS;
  private long nextSyncNanos;
  private long phaseSince;
  private long lastRow = -ROW_EVERY_QUIET_SECONDS;
  private boolean isFirstLoop = true;
  private boolean wasUp;

  DemoProgram(DemoPlan plan, World.Running world, PrintStream out, Ticker ticker) {
    this.plan = plan;
    this.world = world;
    this.out = out;
    this.ticker = ticker;
    this.hpa = hpa();
    this.story = new Story(hpa);
    this.narration = new Narration(plan, hpa, world.queue().name());
  }

  static HpaSpec hpa() {
    return new HpaSpec(
        MIN_REPLICAS,
        MAX_REPLICAS,
        List.of(new HpaMetric(POLICY, new MetricTarget.AverageValue(MilliQuantity.PER_UNIT))),
        EXACT,
        EXACT);
  }

  /**
   * Runs until the time is over and the loop is closed, at most twice the time.
   *
   * @return what did not happen that should have
   */
  List<String> run() throws IOException, InterruptedException {
    var never = new CountDownLatch(1);
    long startedAtNanos = ticker.nanos();
    say(narration.at(Phase.STARTING));
    out.println(table.head());
    List<String> ended = List.of();
    for (long tick = 0; ended.isEmpty(); tick++) {
      long waitNanos = tick * TICK.toNanos() - (ticker.nanos() - startedAtNanos);
      var _ = never.await(waitNanos, TimeUnit.NANOSECONDS);
      long elapsedNanos = ticker.nanos() - startedAtNanos;
      if (isOver(elapsedNanos)) {
        break;
      }
      look(elapsedNanos);
      ended = world.programs().ended();
    }
    List<String> problems = new ArrayList<>(story.problems());
    ended.forEach(program -> problems.add(program + " ended by itself"));
    String failures = world.workers().failures();
    if (!failures.isEmpty()) {
      problems.add(failures);
    }
    if (!problems.isEmpty()) {
      List<String> complaints = world.programs().complaints();
      problems.addAll(
          complaints.subList(Math.max(0, complaints.size() - MAX_COMPLAINTS), complaints.size()));
    }
    say(narration.ending(story.peak(), problems));
    return problems;
  }

  private boolean isOver(long elapsedNanos) {
    long total = plan.total().toNanos();
    return elapsedNanos >= (story.phase() == Phase.DONE ? total : PATIENCE * total);
  }

  private void look(long elapsedNanos) throws IOException, InterruptedException {
    long second = Duration.ofNanos(elapsedNanos).toSeconds();
    world.scaleTo(replicas);
    Observation seen = world.observe(second);
    boolean isNewPhase = story.observe(seen, replicas);
    boolean isSync = elapsedNanos >= nextSyncNanos;
    if (isSync) {
      nextSyncNanos = elapsedNanos + plan.syncPeriod().toNanos() - TICK.toNanos() / 2;
      HpaDecision decision = decide(seen, elapsedNanos);
      boolean isChange = decision.desired() != decision.current();
      if (isChange
          || second - lastRow >= (isQuiet() ? ROW_EVERY_QUIET_SECONDS : ROW_EVERY_SECONDS)) {
        lastRow = second;
        out.println(table.row(seen, Explanation.inShort(hpa, decision)));
        if (isChange) {
          world
              .report()
              .filter(it -> it.desired() == decision.desired())
              .ifPresent(it -> {
                tell(it, decision);
              });
        }
      }
      isNewPhase |= story.observe(seen, replicas);
    }
    if (isNewPhase) {
      begin(second);
    }
    maySpike(second);
  }

  /** With what each rule found, once for each way: the next steps have the same reasons. */
  private void tell(PolicyReport report, HpaDecision decision) {
    story.explained();
    boolean isUp = decision.desired() > decision.current();
    say(Explanation.lines(report, isUp != wasUp));
    wasUp = isUp;
  }

  private boolean isQuiet() {
    return story.phase() == Phase.DONE || (story.phase() == Phase.IDLE && !isFirstLoop);
  }

  private HpaDecision decide(Observation seen, long elapsedNanos) throws IOException {
    HpaDecision decision =
        Hpa.decide(
            hpa,
            Replicas.settled(replicas),
            Map.of(POLICY, seen.desired().reading()),
            state,
            Instant.EPOCH.plusNanos(elapsedNanos)); // a clock that never goes back
    state = decision.next();
    replicas = decision.desired();
    world.scaleTo(replicas);
    return decision;
  }

  private void begin(long second) {
    phaseSince = second;
    Phase phase = story.phase();
    if (isFirstLoop) {
      say(narration.at(phase));
    }
    boolean isLong = plan.total().toSeconds() >= LONG_SECONDS;
    if ((phase == Phase.DONE && isFirstLoop) || (phase == Phase.IDLE && isLong)) {
      long left = plan.total().toSeconds() - second;
      say(narration.handsOn(world.handsOn(), Math.max(left, 0)));
    }
    if (phase == Phase.DONE) {
      isFirstLoop = false;
    }
  }

  private void maySpike(long second) throws IOException {
    boolean isFirst = story.phase() == Phase.IDLE && second >= plan.spikeAfter().toSeconds();
    boolean isAgain =
        story.phase() == Phase.DONE
            && second - phaseSince >= QUIET_SECONDS_BETWEEN_SPIKES
            && plan.total().toSeconds() - second >= DemoPlan.DEFAULT_SECONDS;
    if (isFirst || isAgain) {
      world.queue().publish(plan.messages());
      story.spiked();
      phaseSince = second;
      say(narration.at(Phase.SCALING_UP));
    }
  }

  private void say(List<String> lines) {
    lines.forEach(out::println);
    out.flush();
  }

  /** What is about to be seen. */
  static List<String> opening(DemoPlan plan) {
    return new Narration(plan, hpa(), "").opening();
  }
}
