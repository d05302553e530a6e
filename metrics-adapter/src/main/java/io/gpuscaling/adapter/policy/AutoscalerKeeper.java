package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.leader.Leadership;
import io.gpuscaling.adapter.policy.AutoscalerStore.Outcome;
import io.gpuscaling.adapter.policy.FollowedCondition.Kept;
import io.gpuscaling.adapter.policy.Standing.Steers;
import io.gpuscaling.kubernetes.policy.GeneratedHpa;
import io.gpuscaling.kubernetes.policy.GeneratedHpa.Tolerance;
import io.gpuscaling.kubernetes.policy.ScalingPolicy;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.policy.spec.PolicyName;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the HPAs of policies with {@code spec.writeAutoscaler} as they should be: makes them, and
 * writes back what somebody else has changed, but for a freeze. Of others it touches none, and it
 * deletes nothing: they go with their policy. Of the evaluator's thread alone, which never blocks;
 * others write.
 */
final class AutoscalerKeeper {

  private static final Logger log = LoggerFactory.getLogger(AutoscalerKeeper.class);

  /** From one write of a policy's HPA to the next: the watch must show it, and nobody is fought. */
  static final Duration WRITE_PAUSE = Duration.ofSeconds(10);

  /** Writes at a time. */
  private static final int MAX_CONCURRENT = 4;

  private final Optional<AutoscalerStore> store;
  private final Leadership leadership;
  private final Executor threads;
  private final PolicyMetrics counts;
  private final Semaphore turns = new Semaphore(MAX_CONCURRENT);
  private final Map<PolicyName, Long> writtenAtNanos = new HashMap<>();

  /** By policy, while the newest write has failed. Written by the writers. */
  private final Map<PolicyName, String> failures = new ConcurrentHashMap<>();

  private List<Autoscaler> indexed = List.of();
  private Map<PolicyName, Autoscaler> byName = Map.of();

  /**
   * @param store empty where the adapter has not been told to write HPAs
   * @param threads for writes, which block
   */
  AutoscalerKeeper(
      Optional<AutoscalerStore> store,
      Leadership leadership,
      Executor threads,
      PolicyMetrics counts) {
    this.store = store;
    this.leadership = leadership;
    this.threads = threads;
    this.counts = counts;
  }

  /** What is known of the HPA of a policy. */
  Kept kept(PolicyObject object) {
    if (!isWanted(object)) {
      return new Kept.NotAskedFor();
    }
    if (store.isEmpty()) {
      return new Kept.NotAllowed();
    }
    String failure = failures.get(object.name());
    return failure == null ? new Kept.Wanted() : new Kept.Failed(failure);
  }

  /** Has written what is to be written now. Of the leader alone. */
  void keep(PolicyObjects.Snapshot objects, Map<PolicyName, Standing> standings, long nowNanos) {
    if (store.isEmpty()) {
      return;
    }
    index(objects.autoscalers());
    Set<PolicyName> wanted = new HashSet<>();
    standings.forEach((name, standing) -> {
      PolicyObject object = objects.policies().get(name);
      if (standing instanceof Steers steers && object != null && isWanted(object)) {
        wanted.add(name);
        keep(object, steers, nowNanos);
      }
    });
    writtenAtNanos.keySet().retainAll(wanted);
    failures.keySet().retainAll(wanted);
  }

  @SuppressWarnings("ReferenceEquality") // the same instance while nothing has changed
  private void index(List<Autoscaler> autoscalers) {
    if (autoscalers == indexed) {
      return;
    }
    indexed = autoscalers;
    byName = HashMap.newHashMap(autoscalers.size());
    autoscalers.forEach(it -> byName.put(new PolicyName(it.namespace(), it.name()), it));
  }

  private static boolean isWanted(PolicyObject object) {
    return object.read() instanceof Read.Valid<ScalingPolicy>(ScalingPolicy valid)
        && valid.writesAutoscaler();
  }

  private void keep(PolicyObject object, Steers steers, long nowNanos) {
    Long last = writtenAtNanos.get(object.name());
    // A policy in shadow steers nothing, and an object without a uid nobody can own by.
    if (steers.policy().isShadow()
        || object.metadata().uid().isEmpty()
        || (last != null && nowNanos - last < WRITE_PAUSE.toNanos())) {
      return;
    }
    String uid = object.metadata().uid();
    Map<String, Object> tree = GeneratedHpa.owned(steers.policy(), uid, Tolerance.NONE);
    Map<String, Object> loose = GeneratedHpa.owned(steers.policy(), uid, Tolerance.UNKNOWN_FIELD);
    Autoscaler now = byName.get(object.name());
    if (now == null) {
      write(object.name(), "create", nowNanos, tree, null);
    } else if (now.isOwnedBy(object.metadata().uid())
        // Who froze it has the last word until it is unfrozen.
        && !now.bounds().frozen()
        && !GeneratedHpa.isStoredAs(loose, now.stored().spec())) {
      // Where the API server drops the tolerance, policies of the behavior take its place.
      boolean isDropped = GeneratedHpa.isStoredWithoutTolerance(tree, now.stored().spec());
      if (isDropped || !GeneratedHpa.isStoredAs(tree, now.stored().spec())) {
        write(object.name(), "correct", nowNanos, isDropped ? loose : tree, now.stored().version());
      }
    }
  }

  private void write(
      PolicyName policy,
      String change,
      long nowNanos,
      Map<String, Object> tree,
      @Nullable String version) {
    writtenAtNanos.put(policy, nowNanos);
    threads.execute(() -> {
      try {
        turns.acquire();
        try {
          take(policy, change, written(tree, version));
        } finally {
          turns.release();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });
  }

  private Outcome written(Map<String, Object> tree, @Nullable String version) {
    if (!leadership.isHeld()) { // as late as can be
      return new Outcome.Conflict();
    }
    AutoscalerStore writer = store.orElseThrow();
    return version == null ? writer.create(tree) : writer.correct(tree, version);
  }

  private void take(PolicyName policy, String change, Outcome outcome) {
    counts.autoscalerWritten(change, outcome);
    switch (outcome) {
      case Outcome.Written() -> {
        failures.remove(policy);
        log.atInfo()
            .addKeyValue("policy", policy)
            .addKeyValue("change", change)
            .log("the HorizontalPodAutoscaler of a policy was written");
      }
      case Outcome.Conflict() -> {
        // The watch brings what is there now, and the next turn goes from that.
      }
      case Outcome.Failed(String sentence) -> {
        if (!sentence.equals(failures.put(policy, sentence))) {
          log.atWarn()
              .addKeyValue("policy", policy)
              .addKeyValue("reason", sentence)
              .log("the HorizontalPodAutoscaler of a policy could not be written");
        }
      }
    }
  }
}
