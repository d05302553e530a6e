package io.gpuscaling.demo.story;

import io.gpuscaling.policy.hpa.HpaSpec;
import io.gpuscaling.policy.hpa.MetricReading;
import java.util.ArrayList;
import java.util.List;

/**
 * Follows the loop from phase to phase, and knows in the end whether it closed. Judged by what the
 * API answers, not by the simulated world behind it. Not for several threads.
 */
public final class Story {

  /** Of the replicas that the spike calls for: messages are worked off while the HPA looks. */
  private static final double PEAK_SHARE = 0.75;

  private static final long MILLI = 1_000;

  /** The shipped policy's: Scaling Step Sizes, +2 and -1. */
  private static final int STEP_UP = 2;

  private static final int STEP_DOWN = 1;

  private final HpaSpec hpa;
  private Phase phase = Phase.STARTING;
  private int highestReplicas;
  private long highestReady;
  private long highestBusy;
  private int lastReplicas = -1;
  private int largestRaise;
  private int largestDrop;
  private int explanations;

  /** A story at its beginning. */
  public Story(HpaSpec hpa) {
    this.hpa = hpa;
  }

  /** Where it is. */
  public Phase phase() {
    return phase;
  }

  /** Messages have been published: a spike begins from {@link Phase#IDLE} or {@link Phase#DONE}. */
  public void spiked() {
    phase = Phase.SCALING_UP;
  }

  /** The reasons of a decision have been told. */
  public void explained() {
    explanations++;
  }

  /**
   * Takes one look.
   *
   * @param replicas that the Deployment is set to now
   * @return whether a new phase has begun
   */
  public boolean observe(Observation seen, int replicas) {
    highestReplicas = Math.max(highestReplicas, replicas);
    if (lastReplicas >= 0) {
      largestRaise = Math.max(largestRaise, replicas - lastReplicas);
      largestDrop = Math.max(largestDrop, lastReplicas - replicas);
    }
    lastReplicas = replicas;
    if (!(seen.ready().reading() instanceof MetricReading.Read(long ready))
        || !(seen.busy().reading() instanceof MetricReading.Read(long busy))
        || !(seen.vram().reading() instanceof MetricReading.Read)
        || !(seen.desired().reading() instanceof MetricReading.Read)) {
      return false;
    }
    highestReady = Math.max(highestReady, ready);
    highestBusy = Math.max(highestBusy, busy);
    Phase next = next(ready, busy, replicas);
    boolean isNew = next != phase;
    phase = next;
    return isNew;
  }

  private Phase next(long ready, long busy, int replicas) {
    return switch (phase) {
      case STARTING -> Phase.IDLE;
      case IDLE -> Phase.IDLE;
      case SCALING_UP -> replicas >= expectedPeak() ? Phase.DRAINING : phase;
      case DRAINING -> ready == 0 ? (busy > 0 ? Phase.BUSY_FLOOR : Phase.COOLING) : phase;
      case BUSY_FLOOR -> busy == 0 ? Phase.COOLING : phase;
      case COOLING -> replicas == hpa.minReplicas() ? Phase.DONE : phase;
      case DONE -> Phase.DONE;
    };
  }

  /** What did not happen that should have; empty when the loop closed. */
  public List<String> problems() {
    List<String> problems = new ArrayList<>();
    if (phase == Phase.STARTING) {
      problems.add("the metrics API never knew everything that was asked for");
    } else if (highestReady == 0) {
      problems.add("the metrics API never told of a waiting message");
    }
    if (highestReplicas < expectedPeak()) {
      problems.add(
          "the policy wanted at most " + highestReplicas + " replicas; expected " + expectedPeak());
    }
    if (highestBusy < expectedPeak() * MILLI) {
      problems.add(
          "the metrics API told of at most "
              + highestBusy / MILLI
              + " busy workers; expected "
              + expectedPeak());
    }
    if (largestRaise > STEP_UP || largestDrop > STEP_DOWN) {
      problems.add(
          "the replicas rose by "
              + largestRaise
              + " and fell by "
              + largestDrop
              + " at once; the policy's steps are "
              + STEP_UP
              + " and "
              + STEP_DOWN);
    }
    if (explanations == 0) {
      problems.add("no decision of the policy was explained");
    }
    if (phase != Phase.DONE) {
      problems.add("the loop did not close: it ended in phase " + phase);
    }
    return problems;
  }

  /** The most replicas that were wanted. */
  public int peak() {
    return highestReplicas;
  }

  private int expectedPeak() {
    return (int) (hpa.maxReplicas() * PEAK_SHARE);
  }
}
