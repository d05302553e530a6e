package io.gpuscaling.e2e.world;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.MessageProperties;
import io.gpuscaling.testkit.rabbitmq.RabbitMqBroker;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** The work that waits in the queues of a broker. Each call has a connection of its own. */
public final class Backlog {

  private static final long CONFIRM_MILLIS = 10_000;

  private final RabbitMqBroker broker;

  /** Of this broker, which is not closed by it. */
  public Backlog(RabbitMqBroker broker) {
    this.broker = broker;
  }

  /** For what a test does beyond this. */
  public Connection connect() throws Exception {
    var factory = new ConnectionFactory();
    factory.setUri(broker.uri());
    return factory.newConnection();
  }

  /** Makes durable classic queues. */
  public void declare(List<String> queues) throws Exception {
    try (Connection connection = connect();
        Channel channel = connection.createChannel()) {
      for (String queue : queues) {
        channel.queueDeclare(queue, true, false, false, Map.of());
      }
    }
  }

  /** Adds messages and waits until the broker has them. */
  public void publish(String queue, int count) throws Exception {
    try (Connection connection = connect();
        Channel channel = connection.createChannel()) {
      channel.confirmSelect();
      for (int i = 0; i < count; i++) {
        channel.basicPublish(
            "",
            queue,
            MessageProperties.PERSISTENT_TEXT_PLAIN,
            "work".getBytes(StandardCharsets.UTF_8));
      }
      channel.waitForConfirmsOrDie(CONFIRM_MILLIS);
    }
  }

  /** Takes every message that waits. */
  public void purge(String queue) throws Exception {
    try (Connection connection = connect();
        Channel channel = connection.createChannel()) {
      channel.queuePurge(queue);
    }
  }
}
