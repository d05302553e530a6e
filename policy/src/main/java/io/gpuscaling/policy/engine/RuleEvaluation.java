package io.gpuscaling.policy.engine;

import io.gpuscaling.policy.observe.Observation;
import io.gpuscaling.policy.spec.Response;
import io.gpuscaling.policy.spec.Rule;
import io.gpuscaling.policy.spec.Threshold;
import io.gpuscaling.policy.state.DataPoint;
import io.gpuscaling.policy.state.RuleWindow;
import java.util.Optional;
import java.util.OptionalInt;

/** What a rule makes of its window: M of N data points, and the step that follows. */
final class RuleEvaluation {

  /** Quotients of decimal numbers miss whole replicas by less than this. */
  private static final double ROUNDING_SLACK = 1e-9;

  private RuleEvaluation() {}

  static RuleOutcome evaluate(
      Rule rule, Response response, Observation observation, RuleWindow window, int current) {
    return switch (response) {
      case Response.Thresholds thresholds ->
          byThresholds(rule, thresholds, observation, window, current);
      case Response.Proportional proportional ->
          byProportion(rule, proportional, observation, window, current);
    };
  }

  private static RuleOutcome byThresholds(
      Rule rule,
      Response.Thresholds response,
      Observation observation,
      RuleWindow window,
      int current) {
    int up = 0;
    int down = 0;
    double upValue = 0;
    double downValue = 0;
    for (int i = window.slots().size() - 1; i >= 0; i--) { // the newest last: its value stays
      Optional<DataPoint> slot = window.slots().get(i);
      if (slot.isPresent()) {
        DataPoint point = slot.get();
        if (response.up().isPresent() && isBreached(response.up().get(), point)) {
          up++;
          upValue = point.value();
        }
        if (response.down().isPresent() && isBreached(response.down().get(), point)) {
          down++;
          downValue = point.value();
        }
      }
    }
    Finding finding = finding(rule, window, up, down, isProof(response, window.newest()));
    OptionalInt proposal =
        switch (finding) {
          case UP ->
              OptionalInt.of(
                  saturated(
                      (long) current
                          + response.up().orElseThrow().step().replicas(current, upValue)));
          case DOWN ->
              OptionalInt.of(
                  Math.max(
                      0,
                      current - response.down().orElseThrow().step().replicas(current, downValue)));
          case WITHIN, NOT_FRESH, UNKNOWN -> OptionalInt.empty();
        };
    return new RuleOutcome(rule, response, observation, finding, up, down, proposal);
  }

  private static RuleOutcome byProportion(
      Rule rule,
      Response.Proportional response,
      Observation observation,
      RuleWindow window,
      int current) {
    int up = 0;
    int down = 0;
    int upTo = current;
    int downTo = 0;
    for (int i = window.slots().size() - 1; i >= 0; i--) {
      Optional<DataPoint> slot = window.slots().get(i);
      if (slot.isPresent()) {
        DataPoint point = slot.get();
        int wanted = wanted(point.value(), response.targetPerReplica());
        // The calmest data point of the window says how far down: one low value is no trend.
        downTo = Math.max(downTo, wanted);
        if (wanted > current && point.exactness().provesLarge()) {
          up++;
          upTo = wanted;
        }
        if (wanted < current && point.exactness().provesSmall()) {
          down++;
        }
      }
    }
    boolean isProof = window.newest().map(it -> it.exactness().provesSmall()).orElse(false);
    Finding found = finding(rule, window, up, down, isProof);
    Finding finding = found == Finding.DOWN && downTo >= current ? Finding.WITHIN : found;
    OptionalInt proposal =
        switch (finding) {
          case UP ->
              OptionalInt.of(
                  response.maxStepUp().isEmpty()
                      ? upTo
                      : Math.min(
                          upTo, saturated((long) current + response.maxStepUp().getAsInt())));
          case DOWN ->
              OptionalInt.of(
                  response.maxStepDown().isEmpty()
                      ? downTo
                      : Math.max(downTo, current - response.maxStepDown().getAsInt()));
          case WITHIN, NOT_FRESH, UNKNOWN -> OptionalInt.empty();
        };
    return new RuleOutcome(rule, response, observation, finding, up, down, proposal);
  }

  private static Finding finding(
      Rule rule, RuleWindow window, int up, int down, boolean isProofOfDown) {
    if (up >= rule.dataPointsToAlarm()) {
      return Finding.UP;
    }
    if (down >= rule.dataPointsToAlarm()) {
      return isProofOfDown ? Finding.DOWN : Finding.NOT_FRESH;
    }
    return window.isEmpty() ? Finding.UNKNOWN : Finding.WITHIN;
  }

  private static boolean isBreached(Threshold threshold, DataPoint point) {
    // A bound on the wrong side of a threshold proves nothing.
    return threshold.isBreachedBy(point.value()) && point.exactness().proves(threshold.operator());
  }

  private static boolean isProof(Response.Thresholds response, Optional<DataPoint> newest) {
    return response.down().isPresent()
        && newest.isPresent()
        && newest.get().exactness().proves(response.down().get().operator());
  }

  private static int wanted(double value, double targetPerReplica) {
    return (int) Math.max(0, Math.ceil(value / targetPerReplica - ROUNDING_SLACK)); // saturates
  }

  private static int saturated(long replicas) {
    return (int) Math.min(Integer.MAX_VALUE, replicas);
  }
}
