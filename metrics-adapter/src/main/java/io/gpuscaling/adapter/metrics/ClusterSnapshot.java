package io.gpuscaling.adapter.metrics;

import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the cluster's objects. Immutable.
 *
 * @param isSynced whether everything has been read once; until then nothing can be called complete
 * @param arePodsKnown whether pods are read at all; without a cluster they are not, and workloads
 *     neither
 * @param nodes by name
 * @param pods by namespace, then name; those that have ended for good are left out
 * @param workloads by namespace
 * @param podsByOwner those of {@code pods} that have an owner, by namespace, then its name: most
 *     requests are about the pods of one workload, and a namespace may have thousands
 * @param workloadsByName {@code workloads} by namespace, then name: every policy asks for its own
 */
public record ClusterSnapshot(
    boolean isSynced,
    boolean arePodsKnown,
    Map<String, Node> nodes,
    Map<String, Map<String, Pod>> pods,
    Map<String, List<Workload>> workloads,
    Map<String, Map<String, List<Pod>>> podsByOwner,
    Map<String, Map<String, List<Workload>>> workloadsByName) {

  /** Nothing has been read yet. */
  public static final ClusterSnapshot UNREAD =
      new ClusterSnapshot(false, true, Map.of(), Map.of(), Map.of());

  /** Groups the pods by their owners, and the workloads by their names. */
  public ClusterSnapshot(
      boolean isSynced,
      boolean arePodsKnown,
      Map<String, Node> nodes,
      Map<String, Map<String, Pod>> pods,
      Map<String, List<Workload>> workloads) {
    this(isSynced, arePodsKnown, nodes, pods, workloads, byOwner(pods), byName(workloads));
  }

  /** Kinds of one name are few: at most one workload of each. */
  private static Map<String, Map<String, List<Workload>>> byName(
      Map<String, List<Workload>> workloads) {
    Map<String, Map<String, List<Workload>>> byName = HashMap.newHashMap(workloads.size());
    workloads.forEach((namespace, ofNamespace) ->
        byName.put(namespace, ofNamespace.stream().collect(Collectors.groupingBy(Workload::name))));
    return byName;
  }

  private static Map<String, Map<String, List<Pod>>> byOwner(Map<String, Map<String, Pod>> pods) {
    Map<String, Map<String, List<Pod>>> byOwner = HashMap.newHashMap(pods.size());
    pods.forEach((namespace, ofNamespace) ->
        byOwner.put(
            namespace,
            ofNamespace.values().stream()
                .filter(pod -> !pod.workload().isEmpty())
                .collect(Collectors.groupingBy(Pod::workload))));
    return byOwner;
  }

  /**
   * A node.
   *
   * @param labels its labels
   * @param hasGpus whether it offers {@code nvidia.com/*} resources
   * @param notReadySince since when it is not Ready; empty while it is
   * @param isCordoned whether no new pod is to be placed there
   * @param offers its extended resources
   */
  public record Node(
      String name,
      Map<String, String> labels,
      boolean hasGpus,
      Optional<Instant> notReadySince,
      boolean isCordoned,
      Offers offers) {

    /** One that takes pods, and offers no extended resources that anybody counts. */
    public Node(
        String name, Map<String, String> labels, boolean hasGpus, Optional<Instant> notReadySince) {
      this(name, labels, hasGpus, notReadySince, false, Offers.NONE);
    }

    /** Whether new pods can be placed there. */
    public boolean takesPods() {
      return notReadySince.isEmpty() && !isCordoned;
    }
  }

  /**
   * The extended resources of a node, by name.
   *
   * @param capacity all of them
   * @param allocatable those that its device plugin believes to be fit for pods
   */
  public record Offers(Map<String, Long> capacity, Map<String, Long> allocatable) {

    /** Nothing. */
    public static final Offers NONE = new Offers(Map.of(), Map.of());
  }

  /**
   * A pod that has not ended.
   *
   * @param node where it runs, or the empty text
   * @param isReady running, Ready and not being deleted
   * @param usesGpus whether it requests {@code nvidia.com/*} resources
   * @param runsTasks whether its worker is expected to open a task session: a pod that uses GPUs
   *     and does not say that it runs no tasks ({@link #NO_TASKS_LABEL})
   * @param workload the name of the Deployment, StatefulSet, Job ... that owns it, or the empty
   *     text
   * @param workloadKind the kind of the owner, or the empty text
   * @param createdAt when it was made; long ago where that is not known
   * @param requests what its containers ask for together
   * @param order whether somebody has said when it goes
   * @param address its own IP; empty when it has none yet or shares its node's
   */
  public record Pod(
      String namespace,
      String name,
      Map<String, String> labels,
      String node,
      boolean isReady,
      boolean usesGpus,
      boolean runsTasks,
      String workload,
      String workloadKind,
      Instant createdAt,
      Requests requests,
      DeletionOrder order,
      String address) {

    /** One without an address of its own. */
    public Pod(
        String namespace,
        String name,
        Map<String, String> labels,
        String node,
        boolean isReady,
        boolean usesGpus,
        boolean runsTasks,
        String workload,
        String workloadKind,
        Instant createdAt,
        Requests requests,
        DeletionOrder order) {
      this(
          namespace,
          name,
          labels,
          node,
          isReady,
          usesGpus,
          runsTasks,
          workload,
          workloadKind,
          createdAt,
          requests,
          order,
          "");
    }

    /** One of which nobody has said when it goes. */
    public Pod(
        String namespace,
        String name,
        Map<String, String> labels,
        String node,
        boolean isReady,
        boolean usesGpus,
        boolean runsTasks,
        String workload,
        String workloadKind,
        Instant createdAt,
        Requests requests) {
      this(
          namespace,
          name,
          labels,
          node,
          isReady,
          usesGpus,
          runsTasks,
          workload,
          workloadKind,
          createdAt,
          requests,
          DeletionOrder.NOT_SAID,
          "");
    }

    /** One that was made long ago, and asks for nothing. */
    public Pod(
        String namespace,
        String name,
        Map<String, String> labels,
        String node,
        boolean isReady,
        boolean usesGpus,
        boolean runsTasks,
        String workload,
        String workloadKind) {
      this(
          namespace,
          name,
          labels,
          node,
          isReady,
          usesGpus,
          runsTasks,
          workload,
          workloadKind,
          Instant.EPOCH,
          Requests.NONE);
    }
  }

  /** Whether a pod has a deletion cost, and whose. */
  public enum DeletionOrder {
    /** It has none. */
    NOT_SAID,
    /** We have chosen it to go first. */
    FIRST_BY_US,
    /** Somebody else has set one, and it is left alone. */
    BY_OTHERS
  }

  /**
   * What the containers of a pod ask for together.
   *
   * @param cpuMillis in thousandths of a core; {@link #UNSET} when a container asks for none
   * @param memoryBytes likewise
   * @param extended extended resources, such as {@code nvidia.com/gpu}, by name
   */
  public record Requests(long cpuMillis, long memoryBytes, Map<String, Long> extended) {

    /** At least one container does not say. */
    public static final long UNSET = -1;

    /** How the names of NVIDIA's extended resources begin: whole GPUs, slices and instances. */
    public static final String GPU_RESOURCES = "nvidia.com/";

    /** Without extended resources. */
    public Requests(long cpuMillis, long memoryBytes) {
      this(cpuMillis, memoryBytes, Map.of());
    }

    /** How many of some extended resources. */
    public long count(Collection<String> resources) {
      return sum(extended, resources);
    }

    /** Nothing is said. */
    public static final Requests NONE = new Requests(UNSET, UNSET);
  }

  /** A pod with this label set to {@code none} uses GPUs without running tasks that are counted. */
  public static final String NO_TASKS_LABEL = "gpuscaling.io/tasks";

  /**
   * An object that pods belong to.
   *
   * @param labels its labels
   * @param podSelector the labels that its pods have, for a Service; empty for the others
   * @param scale its replicas; empty for a Service
   */
  public record Workload(
      WorkloadKind kind,
      String namespace,
      String name,
      Map<String, String> labels,
      Map<String, String> podSelector,
      Optional<Scale> scale) {

    /** One whose replicas are not known. */
    public Workload(
        WorkloadKind kind,
        String namespace,
        String name,
        Map<String, String> labels,
        Map<String, String> podSelector) {
      this(kind, namespace, name, labels, podSelector, Optional.empty());
    }

    boolean owns(Pod pod) {
      return switch (kind) {
        case DEPLOYMENT, STATEFUL_SET ->
            pod.workload().equals(name) && pod.workloadKind().equals(kind.kind());
        // A Service without a selector picks nothing (its endpoints are made by somebody else).
        case SERVICE ->
            !podSelector.isEmpty() && pod.labels().entrySet().containsAll(podSelector.entrySet());
      };
    }
  }

  /**
   * The replicas of a workload.
   *
   * @param wanted {@code spec.replicas}
   * @param observed {@code status.replicas}
   * @param requests what one replica asks for, by the pod template
   */
  public record Scale(int wanted, int observed, Requests requests) {

    /** Of replicas that ask for nothing. */
    public Scale(int wanted, int observed) {
      this(wanted, observed, Requests.NONE);
    }
  }

  /** How many of some resources there are. */
  public static long sum(Map<String, Long> amounts, Collection<String> resources) {
    long sum = 0;
    for (String resource : resources) {
      sum += amounts.getOrDefault(resource, 0L);
    }
    return sum;
  }

  /** A workload, if it exists. */
  public Optional<Workload> workload(WorkloadKind kind, String namespace, String name) {
    for (Workload workload :
        workloadsByName.getOrDefault(namespace, Map.of()).getOrDefault(name, List.of())) {
      if (workload.kind() == kind) {
        return Optional.of(workload);
      }
    }
    return Optional.empty();
  }

  /** The pods of a workload that are ready. */
  public List<Pod> readyPods(Workload workload) {
    return podsOf(workload.namespace(), workload.name()).stream()
        .filter(pod -> workload.owns(pod) && pod.isReady())
        .toList();
  }

  /** The pods of a workload, whatever they do. */
  public List<Pod> pods(Workload workload) {
    return podsOf(workload.namespace(), workload.name()).stream().filter(workload::owns).toList();
  }

  /** The pods of a workload that are younger than an instant and not ready. */
  public int startingPods(Workload workload, Instant since) {
    int starting = 0;
    for (Pod pod : podsOf(workload.namespace(), workload.name())) {
      if (workload.owns(pod) && !pod.isReady() && pod.createdAt().isAfter(since)) {
        starting++;
      }
    }
    return starting;
  }

  /** The pods of a namespace. */
  Collection<Pod> podsOf(String namespace) {
    return pods.getOrDefault(namespace, Map.of()).values();
  }

  /** The pods of a namespace whose owner has this name, whatever kind it is of. */
  Collection<Pod> podsOf(String namespace, String owner) {
    return podsByOwner.getOrDefault(namespace, Map.of()).getOrDefault(owner, List.of());
  }

  /** A pod, or null when it does not exist. */
  @Nullable Pod pod(String namespace, String name) {
    return pods.getOrDefault(namespace, Map.of()).get(name);
  }
}
