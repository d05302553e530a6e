package io.gpuscaling.adapter.api;

import java.util.Arrays;
import java.util.Optional;

/** What can be asked about a scaling policy: a subresource of {@code scalingpolicies}. */
public enum PolicySubresource {
  /** What it decides now, and why. */
  EXPLAIN("explain", "ScalingPolicyExplanation"),
  /** What applications are to do with the work of each class. */
  DEGRADATION("degradation", "ScalingPolicyDegradation");

  /** The resource that they belong to. */
  public static final String RESOURCE = "scalingpolicies";

  private final String word;
  private final String kind;

  PolicySubresource(String word, String kind) {
    this.word = word;
    this.kind = kind;
  }

  /** The last segment of the path. */
  public String word() {
    return word;
  }

  /** The kind of the answer. */
  public String kind() {
    return kind;
  }

  /** By the last segment of a path. */
  public static Optional<PolicySubresource> of(String word) {
    return Arrays.stream(values()).filter(it -> it.word.equals(word)).findFirst();
  }
}
