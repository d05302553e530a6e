package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Scale;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Workload;
import io.gpuscaling.adapter.metrics.WorkloadKind;
import io.gpuscaling.adapter.policy.Standing.Refused;
import io.gpuscaling.adapter.policy.Standing.Steers;
import io.gpuscaling.kubernetes.policy.Conditions;
import io.gpuscaling.kubernetes.policy.GeneratedHpa;
import io.gpuscaling.kubernetes.policy.GpuPool;
import io.gpuscaling.kubernetes.policy.ScalingPolicy;
import io.gpuscaling.kubernetes.resource.Problem;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.policy.spec.MetricRef;
import io.gpuscaling.policy.spec.Policy;
import io.gpuscaling.policy.spec.PolicyName;
import io.gpuscaling.policy.spec.Profile;
import io.gpuscaling.policy.spec.Rule;
import io.gpuscaling.policy.spec.ScaleTarget;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Which policies may steer: each target has one policy, the oldest, and no other autoscaler. */
final class Standings {

  /** Why a policy may not steer whose target another one steers. */
  static final String CONFLICT = "Conflict";

  /** Why a policy may not steer whose target another HPA scales. */
  private static final String FOREIGN_AUTOSCALER = "ForeignAutoscaler";

  /** Of the same age the name decides, so that all replicas agree. */
  private static final Comparator<PolicyObject> OLDEST_FIRST =
      Comparator.<PolicyObject, Instant>comparing(
              it -> it.metadata().createdAt().orElse(Instant.MAX))
          .thenComparing(PolicyObject::name);

  /**
   * What can be done about HPAs.
   *
   * @param mayWrite whether the adapter has been told to write them
   * @param scaleToZero whether they can go down to 0
   */
  record Autoscaling(boolean mayWrite, ScaleToZero scaleToZero) {}

  private record Owned(String namespace, ScaleTarget target) {}

  private final PolicyObjects.Snapshot objects;
  private final ClusterSnapshot cluster;
  private final QueryResults queries;
  private final Autoscaling autoscaling;
  private final Map<Owned, PolicyName> owners = new HashMap<>();
  private final Map<Owned, List<Autoscaler>> autoscalers = new HashMap<>();

  private Standings(
      PolicyObjects.Snapshot objects,
      ClusterSnapshot cluster,
      QueryResults queries,
      Autoscaling autoscaling) {
    this.objects = objects;
    this.cluster = cluster;
    this.queries = queries;
    this.autoscaling = autoscaling;
  }

  /**
   * Of all policies, by name. Pure.
   *
   * @param queries which are granted
   * @param autoscaling what can be done about HPAs
   */
  static Map<PolicyName, Standing> of(
      PolicyObjects.Snapshot objects,
      ClusterSnapshot cluster,
      QueryResults queries,
      Autoscaling autoscaling) {
    return new Standings(objects, cluster, queries, autoscaling).all();
  }

  private Map<PolicyName, Standing> all() {
    for (Autoscaler autoscaler : objects.autoscalers()) {
      autoscalers
          .computeIfAbsent(
              new Owned(autoscaler.namespace(), autoscaler.target()), _ -> new ArrayList<>())
          .add(autoscaler);
    }
    List<PolicyObject> byAge = objects.policies().values().stream().sorted(OLDEST_FIRST).toList();
    Map<PolicyName, Standing> standings = HashMap.newHashMap(byAge.size());
    for (PolicyObject object : byAge) {
      standings.put(object.name(), of(object));
    }
    return standings;
  }

  private Standing of(PolicyObject object) {
    return switch (object.read()) {
      case Read.Invalid<ScalingPolicy>(List<Problem> problems) ->
          new Refused(
              Conditions.INVALID,
              problems.stream().map(Problem::toString).collect(Collectors.joining("; ")));
      case Read.Valid<ScalingPolicy>(ScalingPolicy valid) -> of(object, valid);
    };
  }

  private Standing of(PolicyObject object, ScalingPolicy valid) {
    Policy policy = valid.policy();
    PolicyName older =
        owners.putIfAbsent(new Owned(object.name().namespace(), policy.target()), object.name());
    if (older != null) {
      return new Refused(
          CONFLICT,
          "ScalingPolicy "
              + older
              + " is older and steers "
              + policy.target()
              + ": delete one of the two");
    }
    Optional<Autoscaler> marked = marked(object, valid);
    Optional<Refused> refused =
        byQueries(policy)
            .or(() -> byPool(policy))
            .or(() -> ZeroReplicas.refusal(policy, ofTarget(policy), autoscaling.scaleToZero()))
            .or(() ->
                marked.isPresent()
                    ? Optional.empty()
                    : byAutoscalers(object, valid).or(() -> byOwnAutoscaler(object, valid)));
    if (refused.isPresent()) {
      return refused.get();
    }
    Standing standing = withProfile(valid);
    return standing instanceof Steers steers && marked.isPresent()
        ? TakeOver.of(valid, steers, marked.get(), autoscaling.mayWrite())
        : standing;
  }

  /** The one HPA on the target, where it is not of the policy and its owner gives it away. */
  private Optional<Autoscaler> marked(PolicyObject object, ScalingPolicy valid) {
    List<Autoscaler> ofTarget = ofTarget(valid.policy());
    return ofTarget.size() == 1
        ? ofTarget.stream()
            .filter(it ->
                TakeOver.isMarked(it)
                    && !it.isOwnedBy(object.metadata().uid())
                    && (!it.followsPolicies() || valid.writesAutoscaler()))
            .findFirst()
        : Optional.empty();
  }

  private List<Autoscaler> ofTarget(Policy policy) {
    return autoscalers.getOrDefault(
        new Owned(policy.name().namespace(), policy.target()), List.of());
  }

  private Standing withProfile(ScalingPolicy valid) {
    Policy policy = valid.policy();
    if (valid.profile().isEmpty()) {
      return onTarget(policy);
    }
    String name = valid.profile().get();
    Read<Profile> profile = objects.profiles().get(name);
    if (profile == null) {
      return new Refused(
          "ProfileNotFound",
          "there is no ScalingProfile " + name + ": create it, or take spec.profile away");
    }
    return switch (profile) {
      case Read.Valid<Profile>(Profile it) -> onTarget(it.apply(policy));
      case Read.Invalid<Profile>(List<Problem> problems) ->
          new Refused("ProfileInvalid", "ScalingProfile " + name + ": " + problems.getFirst());
    };
  }

  private Optional<Refused> byQueries(Policy policy) {
    for (Rule rule : policy.rules()) {
      if (rule.metric() instanceof MetricRef.Query(_, String query)) {
        Optional<String> refusal = queries.refusal(policy.name().namespace(), query);
        if (refusal.isPresent()) {
          return Optional.of(
              new Refused("QueryNotGranted", "rule " + rule.name() + ": " + refusal.get()));
        }
      }
    }
    return Optional.empty();
  }

  private Optional<Refused> byPool(Policy policy) {
    if (policy.pool().isEmpty()) {
      return Optional.empty();
    }
    String name = policy.pool().get();
    Read<GpuPool> pool = objects.pools().get(name);
    if (pool == null) {
      return Optional.of(
          new Refused(
              "PoolNotFound",
              "there is no GpuPool " + name + ": create it, or take spec.pool away"));
    }
    return switch (pool) {
      case Read.Invalid<GpuPool>(List<Problem> problems) ->
          Optional.of(new Refused("PoolInvalid", "GpuPool " + name + ": " + problems.getFirst()));
      case Read.Valid<GpuPool>(GpuPool it) ->
          it.granted(policy.name().namespace(), policy.workloadClass()).isPresent()
              ? Optional.empty()
              : Optional.of(
                  new Refused(
                      "PoolNotGranted",
                      "GpuPool "
                          + name
                          + " does not list namespace "
                          + policy.name().namespace()
                          + " in spec.namespaces"));
    };
  }

  private Optional<Refused> byAutoscalers(PolicyObject object, ScalingPolicy valid) {
    Policy policy = valid.policy();
    List<Autoscaler> ofTarget = ofTarget(policy);
    Optional<Autoscaler> foreign =
        ofTarget.stream().filter(it -> !it.followsPolicies()).findFirst();
    if (foreign.isPresent()) {
      return Optional.of(
          new Refused(
              FOREIGN_AUTOSCALER,
              foreign.get().shown()
                  + " scales "
                  + policy.target()
                  + " by other metrics: delete it, or this policy, or give it to this policy by the"
                  + " annotation "
                  + GeneratedHpa.TAKE_OVER_ANNOTATION));
    }
    Optional<Autoscaler> shallow =
        ofTarget.stream()
            .filter(it -> it.bounds().minReplicas() > 0 && !isKept(it, object, valid))
            .findFirst();
    if (shallow.isPresent() && GeneratedHpa.widest(policy).minReplicas() == 0) {
      return Optional.of(
          new Refused(
              "AutoscalerKeepsReplicas",
              "the policy goes down to 0 replicas and "
                  + shallow.get().shown()
                  + " keeps at least "
                  + shallow.get().bounds().minReplicas()
                  + ": set its minReplicas to 0 (gpuscaling generate prints it; the API server"
                  + " needs the feature gate HPAScaleToZero), or keep the policy's minimums above"
                  + " 0"));
    }
    return ofTarget.size() > 1
        ? Optional.of(
            new Refused(
                "SeveralAutoscalers",
                ofTarget.size()
                    + " HorizontalPodAutoscalers scale "
                    + policy.target()
                    + ", so that the controller heeds none: keep one"))
        : Optional.empty();
  }

  /** What an HPA lacks that the adapter itself keeps, the adapter mends. */
  private boolean isKept(Autoscaler autoscaler, PolicyObject object, ScalingPolicy valid) {
    return autoscaling.mayWrite()
        && valid.writesAutoscaler()
        && autoscaler.isOwnedBy(object.metadata().uid());
  }

  /** The adapter writes an HPA beside no other on the target, and over none of another's. */
  private Optional<Refused> byOwnAutoscaler(PolicyObject object, ScalingPolicy valid) {
    if (!valid.writesAutoscaler()) {
      return Optional.empty();
    }
    String uid = object.metadata().uid();
    ScaleTarget target = valid.policy().target();
    List<Autoscaler> ofTarget = ofTarget(valid.policy());
    for (Autoscaler it : ofTarget) {
      if (!it.isOwnedBy(uid)) {
        return Optional.of(
            new Refused(
                FOREIGN_AUTOSCALER,
                it.shown()
                    + " scales "
                    + target
                    + " and is not of this policy, which has spec.writeAutoscaler: delete it, or"
                    + " set writeAutoscaler to false"));
      }
    }
    return ofTarget.isEmpty()
        ? objects.autoscalers().stream()
            .filter(it ->
                it.namespace().equals(object.name().namespace())
                    && it.name().equals(object.name().name())
                    && !it.isOwnedBy(uid))
            .findFirst()
            .map(it ->
                new Refused(
                    FOREIGN_AUTOSCALER,
                    it.shown()
                        + " has the name of this policy, which has spec.writeAutoscaler, and is not"
                        + " of it: delete or rename one of the two"))
        : Optional.empty();
  }

  private Standing onTarget(Policy policy) {
    ScaleTarget target = policy.target();
    Optional<WorkloadKind> kind =
        WorkloadKind.of(target.apiVersion(), target.kind())
            .filter(it -> it != WorkloadKind.SERVICE);
    if (kind.isEmpty()) {
      return new Refused(
          "TargetUnsupported",
          "targets are Deployments and StatefulSets of apps/v1, not "
              + target.kind()
              + " of "
              + target.apiVersion());
    }
    Optional<Workload> workload =
        cluster.workload(kind.get(), policy.name().namespace(), target.name());
    if (workload.isEmpty() || workload.get().scale().isEmpty()) {
      return new Refused("TargetNotFound", target + " does not exist");
    }
    Scale scale = workload.get().scale().get();
    Optional<GpuPool> pool = policy.pool().flatMap(this::pool);
    if (pool.isPresent() && scale.requests().count(pool.get().resources()) == 0) {
      return new Refused(
          "TargetWithoutGpus",
          "a pod of "
              + target
              + " requests none of "
              + String.join(", ", pool.get().resources())
              + ", so that GpuPool "
              + policy.pool().get()
              + " cannot count its GPUs: let its containers request them, or take spec.pool away");
    }
    return new Steers(policy, workload.get(), scale.wanted(), pool, autoscaler(policy));
  }

  private Optional<Autoscaler> autoscaler(Policy policy) {
    return ofTarget(policy).stream().findFirst();
  }

  private Optional<GpuPool> pool(String name) {
    return objects.pools().get(name) instanceof Read.Valid<GpuPool>(GpuPool pool)
        ? Optional.of(pool)
        : Optional.empty();
  }
}
