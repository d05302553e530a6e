package io.gpuscaling.demo.queue;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.gpuscaling.demo.amqp.QueueDepth;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;

/**
 * A queue of its own on a real broker: never one that holds somebody's messages. It is deleted at
 * the end, and by the broker itself when this process is killed.
 */
public final class BrokerQueue implements TaskQueue {

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration EXPIRY = Duration.ofMinutes(2);

  private final String name;
  private final BrokerAddress address;
  private final Connection connection;
  private final Channel channel; // guarded by this
  private long published;

  private BrokerQueue(String name, BrokerAddress address, Connection connection, Channel channel) {
    this.name = name;
    this.address = address;
    this.connection = connection;
    this.channel = channel;
  }

  /**
   * Connects and declares the queue.
   *
   * @param name of a queue that does not exist
   * @throws IOException when the broker cannot be reached or refuses; the message has no password
   */
  public static BrokerQueue declare(BrokerAddress address, String name) throws IOException {
    Connection connection = connect(address);
    try {
      Channel channel = connection.createChannel();
      channel.queueDeclare(name, false, false, false, Map.of("x-expires", EXPIRY.toMillis()));
      return new BrokerQueue(name, address, connection, channel);
    } catch (IOException e) {
      connection.abort();
      throw e;
    }
  }

  private static Connection connect(BrokerAddress address) throws IOException {
    var factory = new ConnectionFactory();
    factory.setConnectionTimeout((int) CONNECT_TIMEOUT.toMillis());
    factory.setAutomaticRecoveryEnabled(false);
    try {
      factory.setUri(address.uri());
      factory.setPassword(address.password());
      if ("amqps".equals(address.uri().getScheme())) {
        factory.useSslProtocol(SSLContext.getDefault());
        factory.enableHostnameVerification();
      }
      return factory.newConnection("gpuscaling-demo");
    } catch (GeneralSecurityException | TimeoutException e) {
      throw new IOException("cannot connect to " + address + ": " + e.getMessage(), e);
    }
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
  public synchronized void publish(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      String id = "message-" + ++published;
      channel.basicPublish(
          "",
          name,
          new AMQP.BasicProperties.Builder().messageId(id).build(),
          id.getBytes(StandardCharsets.US_ASCII));
    }
  }

  @Override
  public synchronized QueueDepth depth() throws IOException {
    AMQP.Queue.DeclareOk ok = channel.queueDeclarePassive(name);
    return new QueueDepth(ok.getMessageCount(), ok.getConsumerCount());
  }

  @Override
  public Subscription subscribe() throws IOException {
    Channel own = connection.createChannel();
    own.basicQos(PREFETCH);
    var consumer = new Consumer(own);
    own.basicConsume(
        name,
        false,
        (_, delivery) ->
            consumer.deliveries.add(
                new Held(
                    own,
                    delivery.getEnvelope().getDeliveryTag(),
                    delivery.getProperties().getMessageId())),
        _ -> {
          // Cancelled by the broker: no message comes any more.
        });
    return consumer;
  }

  @Override
  public synchronized void close() throws IOException {
    try {
      channel.queueDelete(name);
    } catch (AlreadyClosedException e) {
      throw new IOException("the queue " + name + " could not be deleted: it expires", e);
    } finally {
      connection.abort();
    }
  }

  private static final class Consumer implements Subscription {

    private final Channel channel;
    private final LinkedBlockingQueue<Held> deliveries = new LinkedBlockingQueue<>(PREFETCH);

    Consumer(Channel channel) {
      this.channel = channel;
    }

    @Override
    public Optional<Delivery> next(Duration timeout) throws InterruptedException {
      return Optional.ofNullable(deliveries.poll(timeout.toNanos(), TimeUnit.NANOSECONDS));
    }

    @Override
    public void close() {
      deliveries.clear();
      abort(channel);
    }

    private static void abort(Channel channel) {
      try {
        channel.abort();
      } catch (IOException | AlreadyClosedException e) {
        // It is gone, which is what was wanted.
      }
    }
  }

  private record Held(Channel channel, long tag, String id) implements Delivery {

    @Override
    public void acknowledge() {
      try {
        channel.basicAck(tag, false);
      } catch (IOException | AlreadyClosedException e) {
        // The broker gives it to another worker.
      }
    }
  }
}
