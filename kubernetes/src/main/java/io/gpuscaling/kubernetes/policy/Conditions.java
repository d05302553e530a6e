package io.gpuscaling.kubernetes.policy;

import io.gpuscaling.kubernetes.resource.Problem;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The conditions of an object's status, as Kubernetes writes them: the time changes with the status
 * of a condition only, so that writing the same ones again changes nothing.
 */
public final class Conditions {

  /** Whether a policy can steer. */
  public static final String READY = "Ready";

  /** Reason of an object that cannot be understood. */
  public static final String INVALID = "Invalid";

  private static final int MAX_MESSAGE_CHARS = 8192;

  private Conditions() {}

  /**
   * One condition.
   *
   * @param type in CamelCase
   * @param status whether it holds
   * @param reason one word in CamelCase
   * @param message sentences for people, with what to change
   */
  public record Condition(String type, Status status, String reason, String message) {}

  /** Whether a condition holds. */
  public enum Status {
    TRUE("True"),
    FALSE("False"),
    UNKNOWN("Unknown");

    private final String word;

    Status(String word) {
      this.word = word;
    }
  }

  /** What is said of an object that cannot be understood; the target keeps its replicas. */
  public static Condition invalid(List<Problem> problems) {
    return new Condition(
        READY,
        Status.FALSE,
        INVALID,
        problems.stream().map(Problem::toString).collect(Collectors.joining("; ")));
  }

  /**
   * The conditions to write.
   *
   * @param before {@code status.conditions} as they are, whoever wrote them
   * @param wanted in their order; types that are not among them are dropped
   * @param generation of the spec that they are about
   */
  public static List<Map<String, Object>> trees(
      List<?> before, List<Condition> wanted, long generation, Instant now) {
    List<Map<String, Object>> trees = new ArrayList<>();
    for (Condition condition : wanted) {
      String since =
          before.stream()
              .filter(Map.class::isInstance)
              .map(Map.class::cast)
              .filter(it -> condition.type().equals(it.get("type")))
              .filter(it -> condition.status().word.equals(it.get("status")))
              .map(it -> String.valueOf(it.get("lastTransitionTime")))
              .findFirst()
              .orElseGet(() -> Instant.ofEpochSecond(now.getEpochSecond()).toString());
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("type", condition.type());
      tree.put("status", condition.status().word);
      tree.put("observedGeneration", generation);
      tree.put("lastTransitionTime", since);
      tree.put("reason", condition.reason());
      tree.put("message", cut(condition.message()));
      trees.add(tree);
    }
    return trees;
  }

  private static String cut(String message) {
    return message.length() <= MAX_MESSAGE_CHARS
        ? message
        : message.substring(0, MAX_MESSAGE_CHARS - 3) + "...";
  }
}
