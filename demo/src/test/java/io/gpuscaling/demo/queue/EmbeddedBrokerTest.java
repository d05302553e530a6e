package io.gpuscaling.demo.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.gpuscaling.demo.amqp.QueueDepth;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class EmbeddedBrokerTest {

  private static final Duration SOON = Duration.ofSeconds(5);
  private static final Duration AT_ONCE = Duration.ZERO;

  private EmbeddedBroker broker;

  @BeforeEach
  void start() throws Exception {
    broker = EmbeddedBroker.start("jobs");
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  @Test
  void subscribe_waitingMessages_upToThePrefetch() throws Exception {
    broker.publish(10);
    try (Subscription consumer = broker.subscribe()) {
      assertThat(broker.depth()).isEqualTo(new QueueDepth(6, 1));
      Delivery first = consumer.next(SOON).orElseThrow();
      assertThat(first.id()).isEqualTo("message-1");
      assertThat(broker.depth().ready()).isEqualTo(6);
      first.acknowledge();
      first.acknowledge(); // again: nothing
      assertThat(broker.depth().ready()).isEqualTo(5);
    }
  }

  @Test
  void publish_severalConsumers_roundRobin() throws Exception {
    try (Subscription one = broker.subscribe();
        Subscription other = broker.subscribe()) {
      broker.publish(4);
      assertThat(ids(one)).containsExactly("message-1", "message-3");
      assertThat(ids(other)).containsExactly("message-2", "message-4");
    }
  }

  @Test
  void close_heldMessages_backInTheirOrder() throws Exception {
    broker.publish(6);
    Subscription leaving = broker.subscribe();
    Delivery done = leaving.next(SOON).orElseThrow();
    done.acknowledge();
    leaving.close();
    assertThat(broker.depth()).isEqualTo(new QueueDepth(5, 0));
    assertThat(leaving.next(AT_ONCE)).isEmpty();
    try (Subscription next = broker.subscribe()) {
      assertThat(ids(next)).containsExactly("message-2", "message-3", "message-4", "message-5");
    }
  }

  @Test
  void broker_askedByAmqp_itsOneQueueAlone() throws Exception {
    broker.publish(3);
    var factory = new ConnectionFactory();
    factory.setUri(broker.broker().uri());
    factory.setPassword(broker.broker().password());
    try (Connection connection = factory.newConnection()) {
      Channel channel = connection.createChannel();
      assertThat(channel.queueDeclarePassive("jobs").getMessageCount()).isEqualTo(3);
      assertThatThrownBy(() -> channel.queueDeclarePassive("other"))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void next_nothing_emptyInTime() throws Exception {
    try (Subscription consumer = broker.subscribe()) {
      assertThat(consumer.next(Duration.ofMillis(10))).isEmpty();
    }
  }

  @Test
  void manyConsumers_each_messageOnce() throws Exception {
    broker.publish(1_000);
    List<Callable<List<String>>> consumers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      consumers.add(this::consumeAll);
    }
    List<String> all = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var future : threads.invokeAll(consumers)) {
        all.addAll(future.get());
      }
    }
    Set<String> distinct = new HashSet<>(all);
    assertThat(all).hasSize(1_000);
    assertThat(distinct).hasSize(1_000);
    assertThat(broker.depth()).isEqualTo(new QueueDepth(0, 0));
  }

  private List<String> consumeAll() throws InterruptedException {
    List<String> ids = new ArrayList<>();
    try (Subscription consumer = broker.subscribe()) {
      for (Optional<Delivery> next = consumer.next(Duration.ofMillis(200));
          next.isPresent();
          next = consumer.next(Duration.ofMillis(200))) {
        ids.add(next.get().id());
        next.get().acknowledge();
      }
    }
    return ids;
  }

  private static List<String> ids(Subscription consumer) throws InterruptedException {
    List<String> ids = new ArrayList<>();
    for (Optional<Delivery> next = consumer.next(AT_ONCE);
        next.isPresent();
        next = consumer.next(AT_ONCE)) {
      ids.add(next.get().id());
    }
    return ids;
  }
}
