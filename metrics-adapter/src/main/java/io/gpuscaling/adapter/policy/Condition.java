package io.gpuscaling.adapter.policy;

import java.time.Instant;

/**
 * A condition of a policy's status.
 *
 * @param type what it is about
 * @param isTrue whether it holds
 * @param reason why, in one word
 * @param message why, and what to change
 * @param since when it became so
 */
public record Condition(String type, boolean isTrue, String reason, String message, Instant since) {

  /** Whether the policy can steer. */
  public static final String READY = "Ready";

  /** Whether the breaker, or the schedule, holds the replicas. */
  public static final String PAUSED = "Paused";

  /** Type: whether applications are to do with less. */
  public static final String DEGRADED = "Degraded";

  /** Whether a rule asks for more than the maximum or the quota allows. */
  public static final String SCALING_LIMITED = "ScalingLimited";

  /** Whether an HPA can do what it decides; of policies whose target has one, or is to have. */
  public static final String FOLLOWED = "Followed";

  /** Whether HPAs of the cluster can go down to 0; of policies that do. */
  public static final String SCALE_TO_ZERO = "ScaleToZero";

  /** Reason: nobody can say, so that the condition is neither true nor false. */
  public static final String UNKNOWN = "Unknown";

  /** Whether it computes and shows only. */
  public static final String SHADOW = "Shadow";

  /** As the API server keeps it: True, False or Unknown. */
  String status() {
    if (isTrue) {
      return "True";
    }
    return reason.equals(UNKNOWN) ? "Unknown" : "False";
  }

  /** Whether it says the same, but for the instant. */
  boolean says(Condition other) {
    return type.equals(other.type)
        && isTrue == other.isTrue
        && reason.equals(other.reason)
        && message.equals(other.message);
  }

  /** The same since the instant at which its truth changed last. */
  Condition since(Instant earlier) {
    return new Condition(type, isTrue, reason, message, earlier);
  }
}
