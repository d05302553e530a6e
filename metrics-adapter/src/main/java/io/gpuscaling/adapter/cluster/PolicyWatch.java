package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.gpuscaling.adapter.policy.Autoscaler;
import io.gpuscaling.adapter.policy.PolicyObject;
import io.gpuscaling.adapter.policy.PolicyObjects;
import io.gpuscaling.core.lifecycle.PeriodicTask;
import io.gpuscaling.kubernetes.policy.GpuPool;
import io.gpuscaling.kubernetes.policy.PolicyResources;
import io.gpuscaling.kubernetes.policy.ScalingProfileReader;
import io.gpuscaling.kubernetes.resource.CustomResource;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.policy.spec.PolicyName;
import io.gpuscaling.policy.spec.Profile;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Scaling policies, pools, profiles and HPAs, watched. Readers take an immutable snapshot. Where
 * the custom resources are not installed it tries again for ever, and says why. Create, start,
 * close; each once.
 */
public final class PolicyWatch implements PolicyObjects, AutoCloseable {

  private static final Duration ASSEMBLY_INTERVAL = Duration.ofMillis(100);
  private static final long NO_RESYNC = 0;

  private record Named<T>(String name, T value) {}

  private final AtomicBoolean dirty = new AtomicBoolean(true);
  private final WatchedObjects<GenericKubernetesResource, PolicyObject> policies;
  private final WatchedObjects<GenericKubernetesResource, Named<Read<Profile>>> profiles;
  private final WatchedObjects<GenericKubernetesResource, Named<Read<GpuPool>>> pools;
  private final WatchedObjects<HorizontalPodAutoscaler, Autoscaler> autoscalers;
  private final List<WatchedObjects<?, ?>> all;
  private final PeriodicTask assembly =
      new PeriodicTask("policy-objects", ASSEMBLY_INTERVAL, this::assemble);
  private volatile Snapshot snapshot = Snapshot.UNREAD;

  /** Watches nothing yet. The client stays the caller's. */
  public PolicyWatch(KubernetesClient client) {
    Runnable changed = () -> dirty.set(true);
    policies =
        new WatchedObjects<>(
            "scalingpolicies",
            client
                .genericKubernetesResources(context(PolicyResources.SCALING_POLICY))
                .inAnyNamespace()
                .runnableInformer(NO_RESYNC),
            PolicyFacts::policy,
            changed);
    profiles =
        new WatchedObjects<>(
            "scalingprofiles",
            client
                .genericKubernetesResources(context(PolicyResources.SCALING_PROFILE))
                .runnableInformer(NO_RESYNC),
            it ->
                new Named<>(
                    it.getMetadata().getName(), ScalingProfileReader.read(PolicyFacts.tree(it))),
            changed);
    pools =
        new WatchedObjects<>(
            "gpupools",
            client
                .genericKubernetesResources(context(PolicyResources.GPU_POOL))
                .runnableInformer(NO_RESYNC),
            it -> new Named<>(it.getMetadata().getName(), GpuPool.read(PolicyFacts.tree(it))),
            changed);
    autoscalers =
        new WatchedObjects<>(
            "horizontalpodautoscalers",
            client
                .autoscaling()
                .v2()
                .horizontalPodAutoscalers()
                .inAnyNamespace()
                .runnableInformer(NO_RESYNC),
            PolicyFacts::autoscaler,
            changed);
    all = List.of(policies, profiles, pools, autoscalers);
  }

  static ResourceDefinitionContext context(CustomResource kind) {
    return new ResourceDefinitionContext.Builder()
        .withGroup(kind.group())
        .withVersion(kind.version())
        .withKind(kind.names().kind())
        .withPlural(kind.names().plural())
        .withNamespaced(kind.scope() == CustomResource.Scope.NAMESPACED)
        .build();
  }

  /** Begins to list and watch; returns at once. */
  public void start() {
    all.forEach(WatchedObjects::start);
    assembly.start();
  }

  @Override
  public Snapshot snapshot() {
    return snapshot;
  }

  private void assemble() {
    String problem =
        all.stream()
            .filter(it -> !it.hasSynced())
            .findFirst()
            .map(it -> "the adapter has not read the cluster's " + it.kind() + " yet" + why(it))
            .orElse("");
    if (!dirty.getAndSet(false) && problem.equals(snapshot.problem())) {
      return;
    }
    Map<PolicyName, PolicyObject> byName = new HashMap<>();
    policies.facts().forEach(it -> byName.put(it.name(), it));
    snapshot =
        new Snapshot(
            problem, byName, named(profiles), named(pools), List.copyOf(autoscalers.facts()));
  }

  private static String why(WatchedObjects<?, ?> objects) {
    return objects.failure().isEmpty() ? "" : " (are the CustomResourceDefinitions installed?)";
  }

  private static <T> Map<String, T> named(WatchedObjects<?, Named<T>> objects) {
    Map<String, T> named = new HashMap<>();
    objects.facts().forEach(it -> named.put(it.name(), it.value()));
    return named;
  }

  @Override
  public void close() {
    assembly.close();
    all.forEach(WatchedObjects::close);
  }
}
