package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.leader.Leadership;
import io.gpuscaling.adapter.policy.AutoscalerStore.Outcome;
import io.gpuscaling.adapter.policy.FollowedCondition.Kept;
import io.gpuscaling.adapter.policy.Standing.Refused;
import io.gpuscaling.adapter.policy.Standing.Steers;
import io.gpuscaling.adapter.policy.Standing.TakesOver;
import io.gpuscaling.kubernetes.policy.GeneratedHpa;
import io.gpuscaling.kubernetes.policy.GeneratedHpa.Tolerance;
import io.gpuscaling.kubernetes.policy.ScalingPolicy;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.policy.spec.PolicyName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the HPAs of policies with {@code spec.writeAutoscaler} as they should be: makes them, takes
 * over those that their owners give to policies, and writes back what somebody else has changed,
 * but for a freeze. Of others it touches none, and it deletes nothing: they go with their policy,
 * or are given back. Of the evaluator's thread alone, which never blocks; others write.
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
  private final PolicyNews news;
  private final PolicyMetrics counts;
  private final Semaphore turns = new Semaphore(MAX_CONCURRENT);
  private final Map<PolicyName, Long> writtenAtNanos = new HashMap<>();

  /** By policy, while the newest write has failed. Written by the writers. */
  private final Map<PolicyName, String> failures = new ConcurrentHashMap<>();

  private List<Autoscaler> indexed = List.of();
  private Map<Owned, Autoscaler> byOwner = Map.of();
  private List<Autoscaler> lent = List.of();

  private record Owned(String namespace, String ownerUid) {}

  /**
   * @param store empty where the adapter has not been told to write HPAs
   * @param threads for writes, which block
   * @param news where people hear of what has changed hands; used by the writers
   */
  AutoscalerKeeper(
      Optional<AutoscalerStore> store,
      Leadership leadership,
      Executor threads,
      PolicyNews news,
      PolicyMetrics counts) {
    this.store = store;
    this.leadership = leadership;
    this.threads = threads;
    this.news = news;
    this.counts = counts;
  }

  /** Whether the adapter has been told to write HPAs. */
  boolean mayWrite() {
    return store.isPresent();
  }

  /** Why a policy may not steer yet, and what has kept it from taking an HPA over. */
  Refused told(PolicyObject object, Refused refused) {
    String failure = refused.takesOver().isPresent() ? failures.get(object.name()) : null;
    return failure == null
        ? refused
        : new Refused(
            "TakeOverFailed",
            refused.message() + "; that has failed: " + failure,
            refused.takesOver());
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
    giveBack(objects, wanted, nowNanos);
    standings.forEach((name, standing) -> {
      PolicyObject object = objects.policies().get(name);
      if (object == null || wanted.contains(name)) {
        return;
      }
      switch (standing) {
        case Steers steers -> {
          if (isWanted(object)) {
            wanted.add(name);
            keep(object, steers, nowNanos);
          }
        }
        case Refused(_, _, Optional<TakesOver> takesOver) ->
            takesOver.ifPresent(it -> {
              wanted.add(name);
              takeOver(object, it, nowNanos);
            });
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
    byOwner = new HashMap<>();
    lent = new ArrayList<>();
    for (Autoscaler it : autoscalers) {
      if (!it.owner().uid().isEmpty()) {
        byOwner.put(new Owned(it.namespace(), it.owner().uid()), it);
      }
      if (it.handover().keepsFormerSpec()) {
        lent.add(it);
      }
    }
  }

  private static boolean isWanted(PolicyObject object) {
    return object.read() instanceof Read.Valid<ScalingPolicy>(ScalingPolicy valid)
        && valid.writesAutoscaler();
  }

  private void keep(PolicyObject object, Steers steers, long nowNanos) {
    String uid = object.metadata().uid();
    // A policy in shadow steers nothing, and an object without a uid nobody can own by.
    if (steers.policy().isShadow() || uid.isEmpty() || isTooSoon(object.name(), nowNanos)) {
      return;
    }
    Autoscaler now = byOwner.get(new Owned(object.name().namespace(), uid));
    if (now == null) {
      Map<String, Object> tree = GeneratedHpa.owned(steers.policy(), uid, Tolerance.NONE);
      write(new Write(object, "create", "", it -> it.create(tree)), nowNanos);
      return;
    }
    // Who froze it has the last word until it is unfrozen.
    if (now.bounds().frozen()) {
      return;
    }
    correction(steers, uid, now)
        .ifPresent(tree ->
            write(
                new Write(object, "correct", "", it -> it.correct(tree, now.stored().version())),
                nowNanos));
  }

  /** What a policy's HPA is to be instead; empty when it is as it should be. */
  private static Optional<Map<String, Object>> correction(
      Steers steers, String uid, Autoscaler now) {
    Map<String, Object> spec = now.stored().spec();
    Map<String, Object> exact =
        GeneratedHpa.owned(steers.policy(), uid, now.name(), Tolerance.NONE);
    boolean isDropped = GeneratedHpa.isStoredWithoutTolerance(exact, spec);
    if (!isDropped && GeneratedHpa.isStoredAs(exact, spec)) {
      return Optional.empty();
    }
    // Where the API server drops the tolerance, policies of the behavior take its place.
    Map<String, Object> loose =
        GeneratedHpa.owned(steers.policy(), uid, now.name(), Tolerance.UNKNOWN_FIELD);
    return GeneratedHpa.isStoredAs(loose, spec)
        ? Optional.empty()
        : Optional.of(isDropped ? loose : exact);
  }

  private void takeOver(PolicyObject object, TakesOver takesOver, long nowNanos) {
    String uid = object.metadata().uid();
    if (uid.isEmpty() || isTooSoon(object.name(), nowNanos)) {
      return;
    }
    Autoscaler given = takesOver.autoscaler();
    Map<String, Object> tree =
        GeneratedHpa.owned(takesOver.policy(), uid, given.name(), Tolerance.NONE);
    String news =
        "HorizontalPodAutoscaler %s follows this policy from now on; its annotation %s keeps what it"
                .formatted(given.name(), GeneratedHpa.FORMER_SPEC_ANNOTATION)
            + " was, and taking its annotation "
            + GeneratedHpa.TAKE_OVER_ANNOTATION
            + " away gives it back";
    write(new Write(object, "take-over", news, it -> it.takeOver(given, tree)), nowNanos);
  }

  /** Those whose owners want them back, whatever has become of the policy's own words. */
  private void giveBack(PolicyObjects.Snapshot objects, Set<PolicyName> written, long nowNanos) {
    for (Autoscaler it : lent) {
      PolicyName policy = new PolicyName(it.namespace(), ownerName(it));
      PolicyObject object = objects.policies().get(policy);
      if (object == null
          || !it.isOwnedBy(object.metadata().uid())
          || it.handover().toPolicy().equals(policy.name())) {
        continue;
      }
      written.add(policy);
      if (!isTooSoon(policy, nowNanos)) {
        String news =
            "HorizontalPodAutoscaler %s was given back as it had been: its annotation %s no longer"
                    .formatted(it.name(), GeneratedHpa.TAKE_OVER_ANNOTATION)
                + " names this policy";
        write(new Write(object, "give-back", news, store -> store.giveBack(it)), nowNanos);
      }
    }
  }

  private static String ownerName(Autoscaler autoscaler) {
    String shown = autoscaler.owner().shown();
    return shown.substring(shown.indexOf('/') + 1);
  }

  private boolean isTooSoon(PolicyName policy, long nowNanos) {
    Long last = writtenAtNanos.get(policy);
    return last != null && nowNanos - last < WRITE_PAUSE.toNanos();
  }

  /**
   * A write.
   *
   * @param object whose HPA is written
   * @param change in one word
   * @param note for people, when it is done; empty when it is no news
   */
  private record Write(
      PolicyObject object, String change, String note, Function<AutoscalerStore, Outcome> by) {}

  private void write(Write write, long nowNanos) {
    writtenAtNanos.put(write.object().name(), nowNanos);
    threads.execute(() -> {
      try {
        turns.acquire();
        try {
          take(write, written(write));
        } finally {
          turns.release();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });
  }

  private Outcome written(Write write) {
    return leadership.isHeld() // as late as can be
        ? write.by().apply(store.orElseThrow())
        : new Outcome.Conflict();
  }

  private void take(Write write, Outcome outcome) {
    PolicyName policy = write.object().name();
    counts.autoscalerWritten(write.change(), outcome);
    switch (outcome) {
      case Outcome.Written() -> {
        failures.remove(policy);
        log.atInfo()
            .addKeyValue("policy", policy)
            .addKeyValue("change", write.change())
            .log("the HorizontalPodAutoscaler of a policy was written");
        if (!write.note().isEmpty()) {
          news.tell(
              write.object(),
              false,
              write.change().equals("give-back") ? "GivenBack" : "TakenOver",
              write.note());
        }
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
