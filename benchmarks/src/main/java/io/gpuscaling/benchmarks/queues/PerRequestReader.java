package io.gpuscaling.benchmarks.queues;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.gpuscaling.benchmarks.load.Latencies;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.testkit.rabbitmq.RabbitMqBroker;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The usual way: whoever asks for a metric causes one passive declare, on a connection that this
 * queue has with some others (KEDA has one for each ScaledObject, which are more).
 */
final class PerRequestReader implements AutoCloseable {

  private static final int MAX_CONNECTIONS = 100;

  private final List<Connection> connections = new ArrayList<>();
  private final List<Channel> channels = new ArrayList<>();
  private final List<String> queues;

  PerRequestReader(RabbitMqBroker broker, List<String> queues)
      throws IOException, TimeoutException {
    this.queues = queues;
    var factory = new ConnectionFactory();
    factory.setHost("127.0.0.1");
    factory.setPort(broker.port());
    for (int i = 0; i < Math.min(MAX_CONNECTIONS, queues.size()); i++) {
      Connection connection = factory.newConnection("per-request-" + i);
      connections.add(connection);
      channels.add(connection.createChannel());
    }
  }

  /**
   * Asks for each queue once a second, evenly spread, for a time, and notes how long each answer
   * took.
   */
  void ask(Duration duration, Ticker ticker, Latencies latencies)
      throws IOException, InterruptedException {
    var never = new CountDownLatch(1);
    long beganAtNanos = ticker.nanos();
    long gapNanos = TimeUnit.SECONDS.toNanos(1) / queues.size();
    long total = duration.toSeconds() * queues.size();
    for (long i = 0; i < total; i++) {
      int queue = (int) (i % queues.size());
      long askedAtNanos = ticker.nanos();
      channels.get(queue % channels.size()).queueDeclarePassive(queues.get(queue));
      latencies.add(ticker.nanos() - askedAtNanos);
      long wait = beganAtNanos + (i + 1) * gapNanos - ticker.nanos();
      if (wait > 0 && never.await(wait, TimeUnit.NANOSECONDS)) {
        throw new IllegalStateException("nobody counts it down");
      }
    }
  }

  @Override
  public void close() {
    connections.forEach(connection -> connection.abort(1_000));
  }
}
