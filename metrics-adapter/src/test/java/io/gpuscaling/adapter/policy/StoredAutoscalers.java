package io.gpuscaling.adapter.policy;

import io.gpuscaling.policy.spec.ScaleTarget;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** HPAs as an API server stores them: each write gives a new version. */
final class StoredAutoscalers implements AutoscalerStore {

  /** What the next writes come to; only what is written is stored. */
  Outcome outcome = new Outcome.Written();

  /** Whether the API server does not know {@code tolerance}. */
  boolean dropsTolerance;

  /** All tries, as {@code create NAME} or {@code correct NAME VERSION}. */
  final List<String> tries = new ArrayList<>();

  private final List<Autoscaler> stored;

  StoredAutoscalers(List<Autoscaler> stored) {
    this.stored = stored;
  }

  @Override
  public Outcome create(Map<String, Object> tree) {
    tries.add("create " + text(map(tree, "metadata"), "name"));
    return store(tree);
  }

  @Override
  public Outcome correct(Map<String, Object> tree, String version) {
    tries.add("correct " + text(map(tree, "metadata"), "name") + " " + version);
    return store(tree);
  }

  @Override
  public Outcome takeOver(Autoscaler seen, Map<String, Object> tree) {
    tries.add("take-over " + seen.name());
    if (!stored.stream().anyMatch(it -> it.name().equals(seen.name()) && it.isHeldAs(seen))) {
      return new Outcome.Conflict();
    }
    Outcome result = store(tree);
    if (result instanceof Outcome.Written) {
      hand(seen.name(), new Autoscaler.Handover(seen.handover().toPolicy(), true));
    }
    return result;
  }

  @Override
  public Outcome giveBack(Autoscaler seen) {
    tries.add("give-back " + seen.name());
    if (outcome instanceof Outcome.Written) {
      stored.removeIf(it -> it.name().equals(seen.name()));
      stored.add(foreign(seen.name(), seen.target(), seen.handover().toPolicy()));
    }
    return outcome;
  }

  /** One by other metrics, of nobody. */
  static Autoscaler foreign(String name, ScaleTarget target, String toPolicy) {
    return new Autoscaler(
        PolicyWorld.NAMESPACE,
        name,
        target,
        Autoscaler.Follows.NOT,
        Autoscaler.Owner.NONE,
        new Autoscaler.Bounds(1, 30),
        Autoscaler.Stored.UNREAD,
        Optional.empty(),
        new Autoscaler.Handover(toPolicy, false));
  }

  /** As its owner marks it. */
  void hand(String name, Autoscaler.Handover handover) {
    stored.replaceAll(it ->
        it.name().equals(name)
            ? new Autoscaler(
                it.namespace(),
                it.name(),
                it.target(),
                it.follows(),
                it.owner(),
                it.bounds(),
                it.stored(),
                it.loose(),
                handover)
            : it);
  }

  private Outcome store(Map<String, Object> tree) {
    if (outcome instanceof Outcome.Written) {
      Map<String, Object> metadata = map(tree, "metadata");
      String owner = Objects.requireNonNull(metadata.get("ownerReferences")).toString();
      put(
          text(metadata, "name"),
          owner.replaceAll(".*uid=([^,}]*).*", "$1"),
          dropsTolerance ? without(map(tree, "spec")) : map(tree, "spec"));
    }
    return outcome;
  }

  @SuppressWarnings("unchecked") // trees of JSON
  private static Map<String, Object> without(Map<String, Object> tree) {
    Map<String, Object> copy = new LinkedHashMap<>();
    tree.forEach((key, value) -> {
      if (!key.equals("tolerance")) {
        copy.put(key, value instanceof Map<?, ?> map ? without((Map<String, Object>) map) : value);
      }
    });
    return copy;
  }

  /** As somebody writes it. */
  void put(String name, String ownerUid, Map<String, Object> spec) {
    put(name, ownerUid, spec, false);
  }

  /** As somebody leaves it who freezes it. */
  void freeze(String name, String ownerUid, Map<String, Object> spec) {
    put(name, ownerUid, spec, true);
  }

  private void put(String name, String ownerUid, Map<String, Object> spec, boolean frozen) {
    stored.removeIf(it -> it.name().equals(name));
    Map<String, Object> target = map(spec, "scaleTargetRef");
    stored.add(
        new Autoscaler(
            PolicyWorld.NAMESPACE,
            name,
            new ScaleTarget(text(target, "apiVersion"), text(target, "kind"), text(target, "name")),
            Autoscaler.Follows.EXACTLY,
            new Autoscaler.Owner("ScalingPolicy/" + ownerUid.replaceFirst("^uid-", ""), ownerUid),
            new Autoscaler.Bounds(
                Integer.parseInt(text(spec, "minReplicas")),
                Integer.parseInt(text(spec, "maxReplicas")),
                frozen),
            new Autoscaler.Stored("v" + tries.size(), spec)));
  }

  private static String text(Map<String, Object> tree, String key) {
    return Objects.requireNonNull(tree.get(key)).toString();
  }

  @SuppressWarnings("unchecked") // trees of JSON
  private static Map<String, Object> map(Map<String, Object> tree, String key) {
    return (Map<String, Object>) Objects.requireNonNull(tree.get(key));
  }
}
