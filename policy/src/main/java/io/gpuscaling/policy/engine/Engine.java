package io.gpuscaling.policy.engine;

import io.gpuscaling.policy.engine.TargetFollower.Followed;
import io.gpuscaling.policy.observe.Observation;
import io.gpuscaling.policy.observe.Observations;
import io.gpuscaling.policy.schedule.Schedule;
import io.gpuscaling.policy.spec.Policy;
import io.gpuscaling.policy.spec.Response;
import io.gpuscaling.policy.spec.Rule;
import io.gpuscaling.policy.spec.ScheduleWindow;
import io.gpuscaling.policy.state.Actions;
import io.gpuscaling.policy.state.EngineState;
import io.gpuscaling.policy.state.RuleWindow;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The engine of scaling policies. Same input, same output. */
public final class Engine {

  private static final Observation NEVER_ASKED = new Observation.Missing("not asked");

  private Engine() {}

  /**
   * One evaluation; called once in every {@code evaluationInterval}. An evaluation that did not
   * take place counts as one without data points.
   *
   * @param state what the evaluation before left, or {@link EngineState#EMPTY}
   * @param now not before the instants in the state
   */
  public static Evaluation evaluate(
      Policy policy, Observations seen, EngineState state, Instant now) {
    Followed followed = TargetFollower.follow(policy, seen.currentReplicas(), state.actions(), now);
    List<TargetEvent> events = new ArrayList<>(followed.events());
    Actions actions = resume(followed.actions(), seen.resumedAt(), now, events);
    Schedule.Active schedule =
        state.schedule().covers(now) ? state.schedule() : Schedule.at(policy.schedule(), now);
    Map<String, RuleWindow> windows = observe(policy, seen, state, now);
    List<RuleOutcome> rules = new ArrayList<>(policy.rules().size());
    for (Rule rule : policy.rules()) {
      rules.add(
          RuleEvaluation.evaluate(
              rule,
              response(rule, schedule.window()),
              observation(seen, rule),
              windows.getOrDefault(rule.name(), RuleWindow.EMPTY),
              seen.currentReplicas()));
    }
    Course course = new Course(policy, seen, actions, schedule.window(), rules, now, events);
    Decision decision = course.run();
    return new Evaluation(
        decision, new EngineState(windows, schedule, now, course.actions()), events);
  }

  /**
   * The state after the target was seen to have so many replicas, without an evaluation: for who
   * knows that the target has followed at once.
   */
  public static EngineState follow(
      Policy policy, int currentReplicas, EngineState state, Instant now) {
    return state.withActions(
        TargetFollower.follow(policy, currentReplicas, state.actions(), now).actions());
  }

  private static Map<String, RuleWindow> observe(
      Policy policy, Observations seen, EngineState state, Instant now) {
    long skipped = skipped(policy.evaluationInterval(), state.evaluatedAt(), now);
    Map<String, RuleWindow> windows = HashMap.newHashMap(policy.rules().size());
    for (Rule rule : policy.rules()) {
      RuleWindow window = state.windows().getOrDefault(rule.name(), RuleWindow.EMPTY);
      windows.put(
          rule.name(), window.with(observation(seen, rule), skipped, rule.evaluationPeriods()));
    }
    return windows;
  }

  private static Observation observation(Observations seen, Rule rule) {
    return seen.rules().getOrDefault(rule.name(), NEVER_ASKED);
  }

  /** How many evaluations should have been since the last one; a late one is none. */
  private static long skipped(Duration interval, Instant last, Instant now) {
    if (last.equals(Instant.MIN) || !now.isAfter(last)) {
      return 0;
    }
    Duration gap = Duration.between(last, now);
    return Math.max(0, gap.plus(interval.dividedBy(2)).dividedBy(interval) - 1);
  }

  private static Response response(Rule rule, Optional<ScheduleWindow> window) {
    return window.flatMap(it -> it.response(rule.name())).orElse(rule.response());
  }

  private static Actions resume(
      Actions actions, Optional<Instant> resumedAt, Instant now, List<TargetEvent> events) {
    if (actions.pause().isEmpty()) {
      return actions;
    }
    Instant since = actions.pause().get().since();
    Instant until = actions.pause().get().until();
    boolean isByHand = resumedAt.isPresent() && resumedAt.get().isAfter(since);
    if (!isByHand && now.isBefore(until)) {
      return actions;
    }
    Instant at = isByHand ? resumedAt.get() : until;
    events.add(new TargetEvent.Resumed(at));
    return actions.resumed(at);
  }
}
