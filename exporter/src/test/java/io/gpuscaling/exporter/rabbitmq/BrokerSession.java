package io.gpuscaling.exporter.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import io.gpuscaling.testkit.rabbitmq.RabbitMqBroker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A client of a real broker that publishes and consumes. */
final class BrokerSession implements AutoCloseable {

  private final Connection connection;
  private final Channel publisher;
  private final Channel consumer;

  BrokerSession(RabbitMqBroker broker, String user, String password) throws Exception {
    var factory = new ConnectionFactory();
    factory.setUri(broker.uri());
    factory.setUsername(user);
    factory.setPassword(password);
    factory.setAutomaticRecoveryEnabled(false);
    connection = factory.newConnection("test");
    publisher = connection.createChannel();
    publisher.confirmSelect();
    consumer = connection.createChannel();
  }

  static BrokerSession guest(RabbitMqBroker broker) throws Exception {
    return new BrokerSession(broker, "guest", "guest");
  }

  void declare(String queue, Map<String, Object> arguments) throws Exception {
    publisher.queueDeclare(queue, true, false, false, arguments);
  }

  void publish(String queue, int count) throws Exception {
    for (int i = 0; i < count; i++) {
      publisher.basicPublish("", queue, null, "task".getBytes(UTF_8));
    }
    publisher.waitForConfirmsOrDie(10_000);
  }

  /** Takes messages without acknowledging them. */
  List<Long> take(String queue, int count) throws Exception {
    List<Long> tags = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      GetResponse got = consumer.basicGet(queue, false);
      if (got != null) {
        tags.add(got.getEnvelope().getDeliveryTag());
      }
    }
    return tags;
  }

  void acknowledge(long tag) throws Exception {
    consumer.basicAck(tag, false);
  }

  void giveBack(long tag) throws Exception {
    consumer.basicNack(tag, false, true);
  }

  void reject(long tag) throws Exception {
    consumer.basicReject(tag, false);
  }

  /** For what may be refused, which closes it. */
  Channel newChannel() throws Exception {
    return connection.createChannel();
  }

  Channel channel() {
    return publisher;
  }

  @Override
  public void close() {
    connection.abort(2_000);
  }
}
