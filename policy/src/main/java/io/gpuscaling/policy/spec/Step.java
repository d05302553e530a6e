package io.gpuscaling.policy.spec;

import java.util.Comparator;
import java.util.List;

/** How many replicas one action adds or removes. */
public sealed interface Step {

  /**
   * At least 1.
   *
   * @param currentReplicas of which a percentage is taken
   * @param value that breached the threshold, for a ladder
   */
  int replicas(int currentReplicas, double value);

  /** Half of it, at least 1, for cautious profiles. */
  Step halved();

  /** Always so many; at least 1. */
  record Fixed(int replicas) implements Step {
    /** Refuses a step that does not move. */
    public Fixed {
      if (replicas < 1) {
        throw new IllegalArgumentException("a step of " + replicas);
      }
    }

    @Override
    public int replicas(int currentReplicas, double value) {
      return replicas;
    }

    @Override
    public Step halved() {
      return new Fixed(Math.max(1, replicas / 2));
    }
  }

  /**
   * Percent of the current replicas, rounded up; above 0.
   *
   * @param percent a percentage, which may be above 100 for steps up
   */
  record Percentage(double percent) implements Step {
    /** Refuses a step that does not move. */
    public Percentage {
      if (!(percent > 0) || Double.isInfinite(percent)) {
        throw new IllegalArgumentException("a step of " + percent + " %");
      }
    }

    @Override
    public int replicas(int currentReplicas, double value) {
      return Math.max(1, (int) Math.ceil(currentReplicas * percent / 100));
    }

    @Override
    public Step halved() {
      return new Percentage(percent / 2);
    }
  }

  /**
   * The further beyond the threshold, the larger the step: the rung that the value has reached and
   * that lies furthest from the threshold counts, else the first.
   *
   * @param isUpward whether larger values lie further
   * @param rungs at least one
   */
  record Ladder(boolean isUpward, List<Rung> rungs) implements Step {

    /** From this value on, so many replicas. */
    public record Rung(double from, int replicas) {}

    /** Sorts by distance. */
    public Ladder {
      Comparator<Rung> byValue = Comparator.comparingDouble(Rung::from);
      rungs = rungs.stream().sorted(isUpward ? byValue : byValue.reversed()).toList();
      if (rungs.isEmpty() || rungs.stream().anyMatch(rung -> rung.replicas() < 1)) {
        throw new IllegalArgumentException("a ladder needs rungs of at least one replica");
      }
    }

    @Override
    public int replicas(int currentReplicas, double value) {
      int replicas = rungs.getFirst().replicas();
      for (Rung rung : rungs) {
        if (isUpward ? value >= rung.from() : value <= rung.from()) {
          replicas = rung.replicas();
        }
      }
      return replicas;
    }

    @Override
    public Step halved() {
      return new Ladder(
          isUpward,
          rungs.stream()
              .map(rung -> new Rung(rung.from(), Math.max(1, rung.replicas() / 2)))
              .toList());
    }
  }
}
