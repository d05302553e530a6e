package io.gpuscaling.exporter.rabbitmq;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/** A broker's vhost as the source sees it. Used by one thread, but for {@link #close}. */
public interface QueueProbe extends AutoCloseable {

  /**
   * Asks for these queues, each once, in this order. Connects when there is no connection and the
   * time for the next try has come. Bounded in time: a queue that was not reached by then has no
   * answer, and is to be among the first the next time. An answer is never one of an earlier call.
   *
   * @param suspects those that did not answer in time when they were asked for last: they are asked
   *     for last and not waited for as long
   * @param timeout for all of them, apart from connecting; nothing is asked when it is not positive
   */
  ProbeResult probe(List<String> queues, Set<String> suspects, Duration timeout);

  /** Ends the connection; a probe that runs is ended. By any thread. */
  @Override
  void close();
}
