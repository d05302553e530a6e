package io.gpuscaling.demo.queue;

import io.gpuscaling.demo.amqp.AmqpServer;
import io.gpuscaling.demo.amqp.QueueDepth;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.UUID;

/** A broker in this process with one queue, whose depth can be asked for by AMQP. */
public final class EmbeddedBroker implements TaskQueue {

  private static final String USER = "demo";

  private final String name;
  private final EmbeddedQueue queue;
  private final AmqpServer server;
  private final BrokerAddress address;

  private EmbeddedBroker(
      String name, EmbeddedQueue queue, AmqpServer server, BrokerAddress address) {
    this.name = name;
    this.queue = queue;
    this.server = server;
    this.address = address;
  }

  /**
   * Starts it on a free port of 127.0.0.1.
   *
   * @throws IOException when there is none
   */
  public static EmbeddedBroker start(String name) throws IOException {
    var queue = new EmbeddedQueue();
    String password = UUID.randomUUID().toString();
    AmqpServer server =
        AmqpServer.start(
            new AmqpServer.Credentials(USER, password),
            asked -> asked.equals(name) ? Optional.of(queue.depth()) : Optional.empty());
    URI uri = URI.create("amqp://" + USER + "@127.0.0.1:" + server.port());
    return new EmbeddedBroker(name, queue, server, new BrokerAddress(uri, password));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public BrokerAddress broker() {
    return address;
  }

  @Override
  public void publish(int count) {
    queue.publish(count);
  }

  @Override
  public QueueDepth depth() {
    return queue.depth();
  }

  @Override
  public Subscription subscribe() {
    return queue.subscribe();
  }

  @Override
  public void close() {
    server.close();
  }
}
