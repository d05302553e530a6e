package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.DeletionOrder;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Offers;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Requests;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Scale;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Workload;
import io.gpuscaling.adapter.metrics.WorkloadKind;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Takes from a Kubernetes object the few facts that the metrics need, so that the rest of it can be
 * forgotten. Pure; a field that is missing reads as the cautious value.
 */
final class ObjectFacts {

  private ObjectFacts() {}

  /** Who controls an object. */
  record Owner(String kind, String name) {

    /** Nobody. */
    static final Owner NONE = new Owner("", "");
  }

  /**
   * A pod.
   *
   * @param hasEnded whether it will never run again
   * @param address its own IP; empty when it has none yet or shares its node's
   */
  record PodFacts(
      String namespace,
      String name,
      Map<String, String> labels,
      String node,
      boolean isReady,
      boolean usesGpus,
      boolean hasEnded,
      Owner owner,
      Instant createdAt,
      Requests requests,
      DeletionOrder order,
      String address) {

    /** One that was made long ago. */
    PodFacts(
        String namespace,
        String name,
        Map<String, String> labels,
        String node,
        boolean isReady,
        boolean usesGpus,
        boolean hasEnded,
        Owner owner) {
      this(
          namespace,
          name,
          labels,
          node,
          isReady,
          usesGpus,
          hasEnded,
          owner,
          Instant.EPOCH,
          Requests.NONE,
          DeletionOrder.NOT_SAID,
          "");
    }
  }

  /** A ReplicaSet: only the link from its pods to its Deployment. */
  record ReplicaSetFacts(String namespace, String name, Owner owner) {}

  static PodFacts of(Pod pod) {
    String phase = pod.getStatus() == null ? "" : orEmpty(pod.getStatus().getPhase());
    boolean usesGpus =
        pod.getSpec() != null
            && pod.getSpec().getContainers().stream().anyMatch(ObjectFacts::usesGpus);
    return new PodFacts(
        orEmpty(pod.getMetadata().getNamespace()),
        pod.getMetadata().getName(),
        labels(pod),
        pod.getSpec() == null ? "" : orEmpty(pod.getSpec().getNodeName()),
        phase.equals("Running") && pod.getMetadata().getDeletionTimestamp() == null && isReady(pod),
        usesGpus,
        phase.equals("Succeeded") || phase.equals("Failed"),
        owner(pod),
        instant(pod.getMetadata().getCreationTimestamp()),
        requests(pod.getSpec()),
        order(pod.getMetadata().getAnnotations()),
        address(pod));
  }

  /** Whoever runs in the node's network is one of several with its address. */
  private static String address(Pod pod) {
    boolean ofNode = pod.getSpec() != null && Boolean.TRUE.equals(pod.getSpec().getHostNetwork());
    return ofNode || pod.getStatus() == null ? "" : orEmpty(pod.getStatus().getPodIP());
  }

  private static DeletionOrder order(@Nullable Map<String, String> annotations) {
    if (annotations == null) {
      return DeletionOrder.NOT_SAID;
    }
    if (annotations.containsKey(PodDeletionCosts.CHOSEN)) {
      return DeletionOrder.FIRST_BY_US;
    }
    return annotations.containsKey(PodDeletionCosts.COST)
        ? DeletionOrder.BY_OTHERS
        : DeletionOrder.NOT_SAID;
  }

  /** Of the containers that run as long as the pod: a sidecar is an init container that stays. */
  private static Requests requests(@Nullable PodSpec spec) {
    if (spec == null) {
      return Requests.NONE;
    }
    List<Container> containers =
        Stream.concat(
                spec.getContainers().stream(),
                spec.getInitContainers().stream().filter(ExtendedResources::staysWithPod))
            .toList();
    return new Requests(
        sum(containers, "cpu", 1000), sum(containers, "memory", 1), ExtendedResources.of(spec));
  }

  private static long sum(List<Container> containers, String resource, int perUnit) {
    long sum = 0;
    for (Container container : containers) {
      Quantity request =
          container.getResources() == null || container.getResources().getRequests() == null
              ? null
              : container.getResources().getRequests().get(resource);
      long amount = amount(request, perUnit);
      if (amount <= 0) {
        return Requests.UNSET;
      }
      sum += amount;
    }
    return containers.isEmpty() ? Requests.UNSET : sum;
  }

  /** In a fraction of the unit; {@link Requests#UNSET} for what is no amount. */
  static long amount(@Nullable Quantity quantity, int perUnit) {
    try {
      return quantity == null
          ? Requests.UNSET
          : quantity
              .getNumericalAmount()
              .multiply(BigDecimal.valueOf(perUnit))
              .setScale(0, RoundingMode.CEILING)
              .longValueExact();
    } catch (IllegalArgumentException | ArithmeticException e) {
      return Requests.UNSET;
    }
  }

  private static boolean isReady(Pod pod) {
    for (PodCondition condition : pod.getStatus().getConditions()) {
      if ("Ready".equals(condition.getType())) {
        return "True".equals(condition.getStatus());
      }
    }
    return false;
  }

  private static boolean usesGpus(Container container) {
    return container.getResources() != null
        && (hasGpus(container.getResources().getLimits())
            || hasGpus(container.getResources().getRequests()));
  }

  private static boolean hasGpus(@Nullable Map<String, Quantity> resources) {
    return resources != null
        && resources.entrySet().stream()
            .anyMatch(entry ->
                entry.getKey().startsWith(Requests.GPU_RESOURCES) && isPositive(entry.getValue()));
  }

  /**
   * An amount that cannot be read counts as one: a GPU too many holds sums back, never bends them.
   */
  private static boolean isPositive(@Nullable Quantity amount) {
    try {
      return amount == null || Quantity.getAmountInBytes(amount).compareTo(BigDecimal.ZERO) > 0;
    } catch (IllegalArgumentException | ArithmeticException e) {
      return true;
    }
  }

  static ClusterSnapshot.Node of(Node node) {
    return new ClusterSnapshot.Node(
        node.getMetadata().getName(),
        labels(node),
        node.getStatus() != null && hasGpus(node.getStatus().getAllocatable()),
        notReadySince(node),
        node.getSpec() != null && Boolean.TRUE.equals(node.getSpec().getUnschedulable()),
        node.getStatus() == null
            ? Offers.NONE
            : new Offers(
                ExtendedResources.of(node.getStatus().getCapacity()),
                ExtendedResources.of(node.getStatus().getAllocatable())));
  }

  private static Optional<Instant> notReadySince(Node node) {
    List<NodeCondition> conditions =
        node.getStatus() == null ? List.of() : node.getStatus().getConditions();
    for (NodeCondition condition : conditions) {
      if ("Ready".equals(condition.getType())) {
        return "True".equals(condition.getStatus())
            ? Optional.empty()
            : Optional.of(instant(condition.getLastTransitionTime()));
      }
    }
    return Optional.of(instant(node.getMetadata().getCreationTimestamp()));
  }

  /** An instant that cannot be read counts as long ago: the node is not Ready either way. */
  private static Instant instant(@Nullable String text) {
    try {
      return text == null ? Instant.EPOCH : OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      return Instant.EPOCH;
    }
  }

  static ReplicaSetFacts of(ReplicaSet set) {
    return new ReplicaSetFacts(
        orEmpty(set.getMetadata().getNamespace()), set.getMetadata().getName(), owner(set));
  }

  static Workload of(Deployment deployment) {
    var spec = deployment.getSpec();
    var status = deployment.getStatus();
    return workload(
        WorkloadKind.DEPLOYMENT,
        deployment,
        Map.of(),
        spec == null
            ? Optional.empty()
            : scale(
                spec.getReplicas(),
                status == null ? null : status.getReplicas(),
                spec.getTemplate()));
  }

  static Workload of(StatefulSet set) {
    var spec = set.getSpec();
    var status = set.getStatus();
    return workload(
        WorkloadKind.STATEFUL_SET,
        set,
        Map.of(),
        spec == null
            ? Optional.empty()
            : scale(
                spec.getReplicas(),
                status == null ? null : status.getReplicas(),
                spec.getTemplate()));
  }

  /** The API server fills in what is left out: 1 wanted, 0 there. */
  private static Optional<Scale> scale(
      @Nullable Integer wanted, @Nullable Integer observed, @Nullable PodTemplateSpec template) {
    return Optional.of(
        new Scale(
            wanted == null ? 1 : wanted,
            observed == null ? 0 : observed,
            requests(template == null ? null : template.getSpec())));
  }

  static Workload of(Service service) {
    Map<String, String> selector =
        service.getSpec() == null ? null : service.getSpec().getSelector();
    return workload(
        WorkloadKind.SERVICE,
        service,
        selector == null ? Map.of() : Map.copyOf(selector),
        Optional.empty());
  }

  private static Workload workload(
      WorkloadKind kind,
      HasMetadata object,
      Map<String, String> podSelector,
      Optional<Scale> scale) {
    return new Workload(
        kind,
        orEmpty(object.getMetadata().getNamespace()),
        object.getMetadata().getName(),
        labels(object),
        podSelector,
        scale);
  }

  private static Owner owner(HasMetadata object) {
    for (OwnerReference reference : object.getMetadata().getOwnerReferences()) {
      if (Boolean.TRUE.equals(reference.getController())) {
        return new Owner(orEmpty(reference.getKind()), orEmpty(reference.getName()));
      }
    }
    return Owner.NONE;
  }

  private static Map<String, String> labels(HasMetadata object) {
    Map<String, String> labels = object.getMetadata().getLabels();
    return labels == null ? Map.of() : Map.copyOf(labels);
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
