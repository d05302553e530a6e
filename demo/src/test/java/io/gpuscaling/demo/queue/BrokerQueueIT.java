package io.gpuscaling.demo.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gpuscaling.demo.amqp.QueueDepth;
import io.gpuscaling.testkit.process.LoopbackPorts;
import io.gpuscaling.testkit.process.ScratchFolder;
import io.gpuscaling.testkit.rabbitmq.RabbitMqBroker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Against a real broker. */
final class BrokerQueueIT {

  private static final Duration DEADLINE = Duration.ofSeconds(20);

  @Test
  void queue_itsWholeLife_leavesNothing() throws Exception {
    Path folder = ScratchFolder.empty(Path.of("target", "rabbitmq-queue"));
    try (RabbitMqBroker broker = RabbitMqBroker.start(folder)) {
      BrokerAddress address = BrokerAddress.parse(broker.uri().toString());
      try (BrokerQueue queue = BrokerQueue.declare(address, "jobs.demo-1")) {
        queue.publish(6);
        Awaitility.await().atMost(DEADLINE).until(() -> queue.depth().equals(new QueueDepth(6, 0)));

        try (Subscription worker = queue.subscribe()) {
          worker.next(DEADLINE).orElseThrow().acknowledge();
          // Of the 5 that are left, it holds 4.
          Awaitility.await()
              .atMost(DEADLINE)
              .until(() -> queue.depth().equals(new QueueDepth(1, 1)));
          assertThat(worker.next(DEADLINE).map(Delivery::id)).hasValue("message-2");
        }
        Awaitility.await().atMost(DEADLINE).until(() -> queue.depth().equals(new QueueDepth(5, 0)));
      }
      assertThat(broker.rabbitmqctl("list_queues", "name").orThrow()).doesNotContain("jobs.demo-1");
    }
  }

  @Test
  void declare_nobodyThere_failsWithoutThePassword() {
    int port = LoopbackPorts.free(1).getFirst();
    assertThatThrownBy(() ->
            BrokerQueue.declare(BrokerAddress.parse("amqp://me:s3cret@127.0.0.1:" + port), "jobs"))
        .isInstanceOf(IOException.class)
        .hasMessageNotContaining("s3cret");
  }
}
