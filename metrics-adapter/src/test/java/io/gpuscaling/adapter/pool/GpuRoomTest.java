package io.gpuscaling.adapter.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Node;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Offers;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Pod;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Requests;
import io.gpuscaling.adapter.metrics.ServedMetrics.GpuFitness;
import io.gpuscaling.kubernetes.policy.GpuPool;
import io.gpuscaling.kubernetes.resource.ObjectMeta;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class GpuRoomTest {

  private static final String GPU = "nvidia.com/gpu";
  private static final GpuPool POOL =
      new GpuPool(
          new ObjectMeta("", "a", "uid", 1, "1", Optional.empty(), Map.of()),
          OptionalInt.empty(),
          Map.of("pool", "a"),
          List.of(GPU),
          List.of());

  private final Map<String, Node> nodes = new HashMap<>();
  private final Map<String, Pod> pods = new HashMap<>();
  private final Map<String, GpuFitness> fitness = new HashMap<>();

  private void node(String name, long capacity, long allocatable, boolean takesPods) {
    nodes.put(
        name,
        new Node(
            name,
            Map.of("pool", "a"),
            true,
            takesPods ? Optional.empty() : Optional.of(Instant.EPOCH),
            false,
            new Offers(Map.of(GPU, capacity), Map.of(GPU, allocatable))));
  }

  private void pod(String name, String node, long gpus, String workload) {
    pods.put(
        name,
        new Pod(
            "ai",
            name,
            Map.of(),
            node,
            true,
            true,
            true,
            workload,
            workload.isEmpty() ? "" : "Deployment",
            Instant.EPOCH,
            new Requests(1, 1, Map.of(GPU, gpus))));
  }

  private ClusterSnapshot cluster() {
    return new ClusterSnapshot(true, true, nodes, Map.of("ai", pods), Map.of());
  }

  private Optional<GpuFitness> fitness(String node) {
    return Optional.ofNullable(fitness.get(node));
  }

  private long room(long gpusPerReplica) {
    var gpus = new GpuRoom(cluster(), this::fitness);
    return gpus.replicas(Map.of(GPU, gpusPerReplica), gpus.nodes(Optional.of(POOL)));
  }

  @Test
  void replicasOfSeveralGpus_fitOnOneNodeOnly() {
    node("n1", 4, 4, true);
    node("n2", 4, 4, true);
    pod("p1", "n1", 3, "w");
    pod("p2", "n2", 1, "w");

    assertThat(room(1)).isEqualTo(4);
    assertThat(room(2)).isEqualTo(1);
    assertThat(room(4)).isZero();
  }

  @Test
  void nodeThatIsNotReady_orOfAnotherPool_hasNoRoom() {
    node("n1", 4, 4, false);
    nodes.put(
        "n2",
        new Node(
            "n2",
            Map.of(),
            true,
            Optional.empty(),
            false,
            new Offers(Map.of(GPU, 8L), Map.of(GPU, 8L))));

    assertThat(room(1)).isZero();

    node("n1", 4, 0, true);
    fitness.put("n1", new GpuFitness(4, 0));
    assertThat(room(1)).isZero();
    node("n1", 4, 4, true);
    assertThat(room(1)).isEqualTo(4);
    node("n1", 4, 4, false);
    assertThat(new GpuRoom(cluster(), this::fitness).nodes(Optional.empty()))
        .extracting(Node::name)
        .containsExactly("n2");
  }

  @Test
  void brokenGpu_isNotRoom_andCountsOnceIfThePluginKnowsIt() {
    node("n1", 8, 8, true);
    fitness.put("n1", new GpuFitness(8, 1));
    assertThat(room(1)).isEqualTo(7);

    node("n1", 8, 7, true);
    assertThat(room(1)).isEqualTo(7);

    // Four slices of each of two GPUs, of which one is broken.
    node("n1", 8, 8, true);
    fitness.put("n1", new GpuFitness(2, 1));
    assertThat(room(1)).isEqualTo(4);
  }

  @Test
  void stock_tellsWhoRequestedWhat_andWhatIsOnNodesThatTakeNoPods() {
    node("n1", 8, 8, true);
    node("n2", 8, 8, false);
    pod("p1", "n1", 2, "w");
    pod("p2", "n1", 1, "w");
    pod("p3", "n1", 1, "");
    pod("p4", "n2", 5, "w");
    pod("p5", "", 3, "w");

    PoolStock stock = PoolStock.of(POOL, cluster(), this::fitness);
    assertThat(stock.offeredGpus()).isEqualTo(8);
    assertThat(stock.requestedGpus()).isEqualTo(4);
    assertThat(stock.withdrawnGpus()).isEqualTo(5);
    assertThat(stock.requestedBy(new PoolStock.Owner("ai", "Deployment", "w"))).isEqualTo(3);
    assertThat(stock.limitGpus()).isEqualTo(Long.MAX_VALUE);
    assertThat(new ArrayList<>(stock.requested().values())).containsExactly(3L);
  }
}
