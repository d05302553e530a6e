package io.gpuscaling.adapter.policy;

import io.gpuscaling.policy.hpa.HpaSpec;
import io.gpuscaling.policy.spec.ScaleTarget;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * An HPA of the cluster.
 *
 * @param namespace its namespace
 * @param name its name
 * @param target what it scales
 * @param follows whether, and how, it does what policies decide
 * @param owner who controls it
 * @param bounds of the replicas that it sets, as the API server stored them
 * @param stored of one that a policy owns, to see whether somebody has changed it
 * @param loose of one that follows loosely: how it moves
 * @param handover whether its owner has given it to a policy
 */
public record Autoscaler(
    String namespace,
    String name,
    ScaleTarget target,
    Follows follows,
    Owner owner,
    Bounds bounds,
    Stored stored,
    Optional<Loose> loose,
    Handover handover) {

  /**
   * The controller of an HPA.
   *
   * @param shown such as {@code ScaledObject/worker}; empty when there is none
   * @param uid of that object; empty when there is none
   */
  public record Owner(String shown, String uid) {

    /** Nobody owns it. */
    public static final Owner NONE = new Owner("", "");
  }

  /**
   * Whether one of its metrics is {@code scaling_policy_desired_replicas}, and what it does then.
   */
  public enum Follows {
    /** It scales by other metrics. */
    NOT,
    /** Steps within its tolerance it leaves out: 10 % where none is set. */
    LOOSELY,
    /** Every step. */
    EXACTLY
  }

  /**
   * The fewest and the most replicas.
   *
   * @param frozen whether somebody has made them equal for now, adapters or not
   */
  public record Bounds(int minReplicas, int maxReplicas, boolean frozen) {

    /** Not frozen. */
    public Bounds(int minReplicas, int maxReplicas) {
      this(minReplicas, maxReplicas, false);
    }
  }

  /**
   * What the API server has stored.
   *
   * @param version its resourceVersion
   * @param spec as a tree; empty where it is not of ours
   */
  public record Stored(String version, Map<String, Object> spec) {

    /** Nobody will compare it. */
    public static final Stored UNREAD = new Stored("", Map.of());
  }

  /**
   * How an HPA moves that leaves out what is within its tolerance.
   *
   * @param rules its bounds and behavior, as the API server stored them
   * @param lastScaleTime when it says that it changed the replicas last
   */
  public record Loose(HpaSpec rules, Optional<Instant> lastScaleTime) {}

  /**
   * What its owner says of it, and what we keep for the owner.
   *
   * @param toPolicy the policy of its namespace that is to have it; empty when none is
   * @param keepsFormerSpec whether the {@code spec} that it had before is kept on it
   */
  public record Handover(String toPolicy, boolean keepsFormerSpec) {

    /** Nobody gives it to anybody. */
    public static final Handover NONE = new Handover("", false);
  }

  /** One that does every step, or scales by other metrics, and is given to nobody. */
  public Autoscaler(
      String namespace,
      String name,
      ScaleTarget target,
      Follows follows,
      Owner owner,
      Bounds bounds,
      Stored stored) {
    this(namespace, name, target, follows, owner, bounds, stored, Optional.empty(), Handover.NONE);
  }

  /** One that goes down to 0, and as far up as anybody wants. */
  Autoscaler(
      String namespace, String name, ScaleTarget target, boolean followsPolicies, String owner) {
    this(
        namespace,
        name,
        target,
        followsPolicies ? Follows.EXACTLY : Follows.NOT,
        new Owner(owner, ""),
        new Bounds(0, Integer.MAX_VALUE),
        Stored.UNREAD);
  }

  /** For people. */
  String shown() {
    return "HorizontalPodAutoscaler "
        + name
        + (owner.shown().isEmpty() ? "" : " (of " + owner.shown() + ")");
  }

  /** Whether it scales by what policies decide. */
  boolean followsPolicies() {
    return follows != Follows.NOT;
  }

  /** Whether nothing has changed that decides who may have it. */
  public boolean isHeldAs(Autoscaler other) {
    return owner.equals(other.owner)
        && handover.equals(other.handover)
        && target.equals(other.target)
        && bounds.frozen() == other.bounds.frozen();
  }

  /** Whether an object controls it. */
  public boolean isOwnedBy(String uid) {
    return !uid.isEmpty() && owner.uid().equals(uid);
  }
}
