package io.gpuscaling.demo.queue;

import io.gpuscaling.demo.amqp.QueueDepth;
import java.io.IOException;

/** The queue that workers take their tasks from. Safe for use by any thread. */
public interface TaskQueue extends AutoCloseable {

  /** Messages that a worker is given ahead, the one that it works on included. */
  int PREFETCH = 4;

  /** Its name. */
  String name();

  /** Where the exporter finds it. */
  BrokerAddress broker();

  /**
   * Puts messages in.
   *
   * @throws IOException when the broker is lost
   */
  void publish(int count) throws IOException;

  /**
   * Its depth now.
   *
   * @throws IOException when the broker is lost
   */
  QueueDepth depth() throws IOException;

  /**
   * A new consumer.
   *
   * @throws IOException when the broker is lost
   */
  Subscription subscribe() throws IOException;

  /** Takes back everything that was made on the broker. */
  @Override
  void close() throws IOException;
}
