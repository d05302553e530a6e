package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.gpuscaling.adapter.policy.Autoscaler;
import io.gpuscaling.adapter.policy.AutoscalerStore;
import io.gpuscaling.kubernetes.policy.GeneratedHpa;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** Writes the HPAs that policies own, and those that their owners give to policies. */
public final class PolicyAutoscalers implements AutoscalerStore {

  private static final KubernetesSerialization TREES = new KubernetesSerialization();

  private final KubernetesClient client;

  /**
   * Writes through a client.
   *
   * @param client not closed by this
   */
  public PolicyAutoscalers(KubernetesClient client) {
    this.client = client;
  }

  @Override
  public Outcome create(Map<String, Object> tree) {
    HorizontalPodAutoscaler hpa = TREES.convertValue(tree, HorizontalPodAutoscaler.class);
    return outcome(() ->
        client
            .autoscaling()
            .v2()
            .horizontalPodAutoscalers()
            .inNamespace(hpa.getMetadata().getNamespace())
            .resource(hpa)
            .create());
  }

  /** A merge of {@code spec} that the API server refuses when the version is another by now. */
  @Override
  public Outcome correct(Map<String, Object> tree, String version) {
    HorizontalPodAutoscaler hpa = TREES.convertValue(tree, HorizontalPodAutoscaler.class);
    String patch =
        TREES.asJson(
            Map.of(
                "metadata",
                Map.of("resourceVersion", version),
                "spec",
                Objects.requireNonNull(tree.get("spec"))));
    return outcome(() ->
        client
            .autoscaling()
            .v2()
            .horizontalPodAutoscalers()
            .inNamespace(hpa.getMetadata().getNamespace())
            .withName(hpa.getMetadata().getName())
            .patch(PatchContext.of(PatchType.JSON_MERGE), patch));
  }

  @Override
  public Outcome takeOver(Autoscaler seen, Map<String, Object> tree) {
    return changed(
        seen,
        hpa -> {
          HorizontalPodAutoscaler wanted = TREES.convertValue(tree, HorizontalPodAutoscaler.class);
          List<OwnerReference> owners = new ArrayList<>(hpa.getMetadata().getOwnerReferences());
          owners.addAll(wanted.getMetadata().getOwnerReferences());
          List<Map<String, Object>> steps = new ArrayList<>();
          steps.add(step("add", "/metadata/ownerReferences", owners));
          wanted
              .getMetadata()
              .getAnnotations()
              .forEach((key, value) -> steps.add(step("add", annotation(key), value)));
          steps.add(
              step(
                  "add",
                  annotation(GeneratedHpa.FORMER_SPEC_ANNOTATION),
                  TREES.asJson(hpa.getSpec())));
          steps.add(step("replace", "/spec", Objects.requireNonNull(tree.get("spec"))));
          return Optional.of(steps);
        });
  }

  @Override
  public Outcome giveBack(Autoscaler seen) {
    return changed(
        seen,
        hpa -> {
          Map<String, String> annotations = hpa.getMetadata().getAnnotations();
          Optional<Map<?, ?>> former =
              formerSpec(annotations.getOrDefault(GeneratedHpa.FORMER_SPEC_ANNOTATION, ""));
          if (former.isEmpty()) {
            return Optional.empty();
          }
          List<Map<String, Object>> steps = new ArrayList<>();
          steps.add(
              step(
                  "add",
                  "/metadata/ownerReferences",
                  hpa.getMetadata().getOwnerReferences().stream()
                      .filter(it -> !seen.isOwnedBy(it.getUid()))
                      .toList()));
          steps.add(step("replace", "/spec", former.get()));
          for (String ours :
              List.of(GeneratedHpa.FORMER_SPEC_ANNOTATION, GeneratedHpa.POLICY_ANNOTATION)) {
            if (annotations.containsKey(ours)) {
              steps.add(Map.of("op", "remove", "path", annotation(ours)));
            }
          }
          return Optional.of(steps);
        });
  }

  /**
   * Reads one anew and changes it by a JSON patch, which replaces {@code spec} as a whole. The
   * version read is a part of the patch, so that the API server refuses it when another has come.
   *
   * @param change the steps; empty when the former {@code spec} cannot be read
   */
  private Outcome changed(
      Autoscaler seen,
      Function<HorizontalPodAutoscaler, Optional<List<Map<String, Object>>>> change) {
    return tried(() -> {
      var resource =
          client
              .autoscaling()
              .v2()
              .horizontalPodAutoscalers()
              .inNamespace(seen.namespace())
              .withName(seen.name());
      HorizontalPodAutoscaler hpa = resource.get();
      if (hpa == null || !PolicyFacts.autoscaler(hpa).isHeldAs(seen)) {
        return new Outcome.Conflict();
      }
      Optional<List<Map<String, Object>>> changes = change.apply(hpa);
      if (changes.isEmpty()) {
        return new Outcome.Failed(
            "its annotation " + GeneratedHpa.FORMER_SPEC_ANNOTATION + " is no JSON of a spec");
      }
      List<Map<String, Object>> steps = new ArrayList<>();
      steps.add(
          step("replace", "/metadata/resourceVersion", hpa.getMetadata().getResourceVersion()));
      steps.addAll(changes.get());
      resource.patch(PatchContext.of(PatchType.JSON), TREES.asJson(steps));
      return new Outcome.Written();
    });
  }

  private static Optional<Map<?, ?>> formerSpec(String text) {
    try {
      return Optional.ofNullable(TREES.unmarshal(text, Map.class));
    } catch (RuntimeException _) { // each parser below it throws its own
      return Optional.empty();
    }
  }

  private static Map<String, Object> step(String op, String path, Object value) {
    return Map.of("op", op, "path", path, "value", value);
  }

  private static String annotation(String key) {
    return "/metadata/annotations/" + key.replace("~", "~0").replace("/", "~1");
  }

  private static Outcome outcome(Runnable write) {
    return tried(() -> {
      write.run();
      return new Outcome.Written();
    });
  }

  private static Outcome tried(Supplier<Outcome> write) {
    try {
      return write.get();
    } catch (KubernetesClientException e) {
      return e.getCode() == HttpURLConnection.HTTP_CONFLICT
              || e.getCode() == HttpURLConnection.HTTP_NOT_FOUND
          ? new Outcome.Conflict()
          : new Outcome.Failed(AccessReviews.describe(e));
    } catch (IllegalStateException e) {
      return new Outcome.Failed("the client of the cluster is closed");
    }
  }
}
