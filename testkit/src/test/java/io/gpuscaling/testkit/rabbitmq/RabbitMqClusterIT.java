package io.gpuscaling.testkit.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.testkit.process.ScratchFolder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(240)
final class RabbitMqClusterIT {

  private static final Duration DEADLINE = Duration.ofSeconds(60);

  @Test
  void nodes_areOneCluster_canBeParted_andFindEachOtherAgain() {
    Path folder = ScratchFolder.empty(Path.of("target", "rabbitmq-cluster"));
    try (var cluster = RabbitMqCluster.start(folder, RabbitMqInstallation.find(), 2, List.of())) {
      assertThat(cluster.nodes()).hasSize(2);
      assertThat(seenByTheFirst(cluster)).contains(cluster.node(1).nodeName());

      cluster.partition(1);
      await()
          .atMost(DEADLINE)
          .until(() -> !seenByTheFirst(cluster).contains(cluster.node(1).nodeName()));
      assertThat(ping(cluster, 0, 1)).contains("pang");
      assertThat(ping(cluster, 1, 0)).contains("pang");

      cluster.heal(1);
      await()
          .atMost(DEADLINE)
          .until(() -> seenByTheFirst(cluster).contains(cluster.node(1).nodeName()));
    }
  }

  /** Tries to connect: {@code pang} when the other refuses. */
  private static String ping(RabbitMqCluster cluster, int from, int to) {
    return cluster
        .node(from)
        .rabbitmqctl("eval", "net_adm:ping('" + cluster.node(to).nodeName() + "').")
        .orThrow();
  }

  private static String seenByTheFirst(RabbitMqCluster cluster) {
    return cluster.node(0).rabbitmqctl("eval", "nodes().").orThrow();
  }
}
