package io.gpuscaling.adapter.metrics;

import io.gpuscaling.adapter.api.selector.LabelSelector;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Pod;
import io.gpuscaling.adapter.store.Contributor;
import io.gpuscaling.adapter.store.ContributorSnapshot;
import io.gpuscaling.adapter.store.StoredSample;
import io.gpuscaling.core.metric.BrokerWorkers;
import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.ServedMetric;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What brokers say of the tasks of pods: the messages that a pod's connections have and have not
 * acknowledged. A connection is of the pod that it says it is of, else of the pod whose address it
 * comes from, else of the one pod that runs tasks on the node that it says it is on; of several
 * there nobody can say whose it is. One that is older than the pod is of a former pod. A namespace
 * is told by the brokers of which it may read queues, and by no others. Immutable.
 */
final class BrokerTasks {

  /** What a broker cannot tell apart: it knows pods, not what else the labels of tasks say. */
  private static final Set<String> KNOWN_LABELS = Set.of("namespace", "workload", "pod", "node");

  private final SampleReader reader;
  private final ClusterSnapshot cluster;
  private final Grants grants;
  private final boolean isBelieved;

  /**
   * For one request.
   *
   * @param isBelieved whether brokers are asked at all
   */
  BrokerTasks(SampleReader reader, ClusterSnapshot cluster, Grants grants, boolean isBelieved) {
    this.reader = reader;
    this.cluster = cluster;
    this.grants = grants;
    this.isBelieved = isBelieved;
  }

  /** Whether a broker can say anything of what is asked. */
  boolean canTell(ServedMetric metric, LabelSelector selector) {
    boolean counts =
        metric == ServedMetric.GPU_TASKS_ACTIVE || metric == ServedMetric.GPU_WORKERS_BUSY;
    return isBelieved
        && counts
        && selector.requirements().stream().allMatch(it -> KNOWN_LABELS.contains(it.key()));
  }

  /** The tasks of those of the pods that a broker tells of, by identity. */
  IdentityHashMap<Pod, Reading.Fresh> of(Collection<Pod> pods) {
    if (pods.isEmpty()) {
      return new IdentityHashMap<>();
    }
    var owners = new Owners(pods);
    IdentityHashMap<Pod, Map<Labels, Reading>> said = new IdentityHashMap<>();
    for (ContributorSnapshot contributor : reader.store().contributors()) {
      if (contributor.contributor() instanceof Contributor.QueueReader) {
        for (StoredSample sample : contributor.samplesOf(BrokerWorkers.UNACKED)) {
          Pod pod = owners.of(sample.labels());
          if (pod != null) {
            // Replicas of a reader tell of the same connections.
            said.computeIfAbsent(pod, _ -> new HashMap<>())
                .merge(sample.labels(), reader.read(contributor, sample), QueueQueries::better);
          }
        }
      }
    }
    IdentityHashMap<Pod, Reading.Fresh> tasks = new IdentityHashMap<>();
    said.forEach((pod, readings) -> {
      Reading.Fresh sum = sum(readings.values());
      if (sum != null) {
        tasks.put(pod, sum);
      }
    });
    return tasks;
  }

  /** Whose connections are of some pods. For one answer on one thread. */
  private final class Owners {
    private final Map<String, Pod> byName = new HashMap<>();
    private final Map<String, Pod> byAddress = new HashMap<>();

    /** Made when a connection first says no more than its node: few do. */
    private @Nullable NodeWorkers nodes;

    Owners(Collection<Pod> pods) {
      for (Pod pod : pods) {
        byName.put(pod.namespace() + "/" + pod.name(), pod);
        if (!pod.address().isEmpty()) {
          byAddress.put(pod.address(), pod);
        }
      }
    }

    /** The pod that a connection is of; null when it is of none of them. */
    @Nullable Pod of(Labels worker) {
      String name = worker.get(BrokerWorkers.POD);
      Pod pod =
          name == null
              ? byPlace(worker)
              : byName.get(worker.getOrEmpty(BrokerWorkers.NAMESPACE) + "/" + name);
      return pod != null
              && grants.anyQueueOf(pod.namespace(), worker.getOrEmpty(BrokerWorkers.BROKER))
              && since(worker) >= pod.createdAt().getEpochSecond()
          ? pod
          : null;
    }

    private @Nullable Pod byPlace(Labels worker) {
      String address = worker.getOrEmpty(BrokerWorkers.ADDRESS);
      Pod pod = byAddress.get(address);
      String node = worker.get(BrokerWorkers.NODE);
      if (pod != null || node == null) {
        return pod;
      }
      if (nodes == null) {
        nodes = NodeWorkers.of(cluster);
      }
      Pod only = nodes.addresses().contains(address) ? null : nodes.only().get(node);
      return only == null ? null : byName.get(only.namespace() + "/" + only.name());
    }
  }

  /**
   * The pods that are the only ones to run tasks on their node.
   *
   * @param only by node
   * @param addresses those of all pods: what comes from one of them is that pod's
   */
  private record NodeWorkers(Map<String, Pod> only, Set<String> addresses) {

    static NodeWorkers of(ClusterSnapshot cluster) {
      Map<String, Pod> only = new HashMap<>();
      Set<String> several = new HashSet<>();
      Set<String> addresses = new HashSet<>();
      for (Map<String, Pod> ofNamespace : cluster.pods().values()) {
        for (Pod pod : ofNamespace.values()) {
          addresses.add(pod.address());
          if (pod.runsTasks() && !pod.node().isEmpty() && only.put(pod.node(), pod) != null) {
            several.add(pod.node());
          }
        }
      }
      addresses.remove("");
      only.keySet().removeAll(several);
      return new NodeWorkers(only, addresses);
    }
  }

  /** A reader writes numbers; whatever else is no connection of anybody. */
  private static long since(Labels worker) {
    String since = worker.getOrEmpty(BrokerWorkers.SINCE);
    return since.matches("[0-9]{1,15}") ? Long.parseLong(since) : Long.MIN_VALUE;
  }

  /** All of a pod's connections, or null when one of them cannot be served. */
  private static Reading.@Nullable Fresh sum(Collection<Reading> readings) {
    Reading.Fresh sum = null;
    for (Reading reading : readings) {
      switch (reading) {
        case Reading.Missing _ -> {
          return null;
        }
        case Reading.Fresh(double value, long age, Exactness exactness) ->
            sum =
                sum == null
                    ? new Reading.Fresh(value, age, exactness)
                    : new Reading.Fresh(
                        sum.value() + value,
                        Math.max(sum.ageNanos(), age),
                        ofBoth(sum.exactness(), exactness));
      }
    }
    return sum;
  }

  private static Exactness ofBoth(Exactness one, Exactness other) {
    if (one == other || other == Exactness.EXACT) {
      return one;
    }
    return one == Exactness.EXACT ? other : Exactness.ESTIMATE;
  }
}
