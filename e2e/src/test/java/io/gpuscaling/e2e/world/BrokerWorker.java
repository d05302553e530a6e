package io.gpuscaling.e2e.world;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.gpuscaling.testkit.rabbitmq.RabbitMqBroker;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;

/** A worker as its broker sees it: takes messages from a queue and acknowledges none. */
public final class BrokerWorker implements AutoCloseable {

  private final Connection connection;

  private BrokerWorker(Connection connection) {
    this.connection = connection;
  }

  /**
   * Begins to take messages.
   *
   * @param address where its connection comes from: one of 127.0.0.0/8
   * @param properties what it says of itself, beside what the client says
   * @param prefetch how many messages it has at once
   */
  public static BrokerWorker consume(
      RabbitMqBroker broker,
      String queue,
      String address,
      Map<String, String> properties,
      int prefetch)
      throws Exception {
    var factory = new ConnectionFactory();
    factory.setUri(broker.uri());
    factory.setAutomaticRecoveryEnabled(false);
    factory.setSocketConfigurator(socket -> socket.bind(new InetSocketAddress(address, 0)));
    Map<String, Object> all = new HashMap<>(factory.getClientProperties());
    all.putAll(properties);
    factory.setClientProperties(all);
    var worker = new BrokerWorker(factory.newConnection());
    Channel channel = worker.connection.createChannel();
    channel.basicQos(prefetch);
    channel.basicConsume(queue, false, (_, _) -> {}, _ -> {});
    return worker;
  }

  /** Goes; what it had waits in its queue again. */
  @Override
  public void close() {
    connection.abort();
  }
}
