package io.gpuscaling.demo.policy;

import io.gpuscaling.demo.story.DemoPlan;
import java.util.List;

/**
 * The shipped policy for GPU workers with times that a person can wait for.
 *
 * @param yaml of the policy
 * @param changes what differs from the shipped one, for people
 */
public record ShortenedPolicy(String yaml, List<String> changes) {

  /** Below the repository. */
  public static final String SHIPPED = "manifests/policies/ai-gpu-worker-scaling-policy.yaml";

  /** Its name. */
  public static final String NAME = "ai-gpu-worker-scaling-policy";

  /** Its namespace. */
  public static final String NAMESPACE = "default";

  /** Its target. */
  public static final String TARGET = "ai-gpu-worker";

  /** Its least replicas. */
  public static final int MIN_REPLICAS = 2;

  private static final String QUEUE = "n8n.ai.generation.queue";

  /** Copies. */
  public ShortenedPolicy {
    changes = List.copyOf(changes);
  }

  /**
   * Changes what would take too long, and nothing else.
   *
   * @param shipped the text of the shipped policy
   * @param queue the queue that it looks at
   * @param gpus as many as there are
   * @throws IllegalStateException when the shipped policy is not the one that is known
   */
  public static ShortenedPolicy of(String shipped, DemoPlan plan, String queue, int gpus) {
    String up = plan.cooldownUp().toSeconds() + "s";
    String down = plan.cooldownDown().toSeconds() + "s";
    String yaml = shipped;
    yaml = replaced(yaml, "scaleUp: 300s", "scaleUp: " + up);
    yaml = replaced(yaml, "scaleDown: 600s", "scaleDown: " + down);
    yaml = replaced(yaml, "period: 60s", "period: 1s");
    yaml = replaced(yaml, "maxReplicas: 50", "maxReplicas: " + gpus);
    // An hour of the demo has more actions than the breaker allows in one.
    yaml = replaced(yaml, "maxActionsPerHour: 20", "maxActionsPerHour: 3600");
    yaml = replaced(yaml, "maxDirectionChangesPerHour: 6", "maxDirectionChangesPerHour: 3600");
    yaml = replaced(yaml, "queue: " + QUEUE, "queue: " + queue);
    yaml = replaced(yaml, "  rules:\n", "  evaluationInterval: 1s\n  rules:\n");
    return new ShortenedPolicy(
        yaml,
        List.of(
            "looks every 1 s (15 s)",
            "cooldown up " + up + " (300 s), down " + down + " (600 s)",
            "at most 5 in 1 s (60 s)",
            "maxReplicas " + gpus + " (50)"));
  }

  private static String replaced(String text, String from, String to) {
    if (!text.contains(from)) {
      throw new IllegalStateException(SHIPPED + " lacks \"" + from + "\"");
    }
    return text.replace(from, to);
  }
}
