package io.gpuscaling.exporter.rabbitmq;

import java.util.List;

/** A broker's vhost as the source sees it. Used by one thread, but for {@link #close}. */
public interface QueueProbe extends AutoCloseable {

  /**
   * Asks for these queues, each once. Connects when there is no connection and the time for the
   * next try has come. Bounded in time; an answer is never one of an earlier call.
   */
  ProbeResult probe(List<String> queues);

  /** Ends the connection; a probe that runs is ended. By any thread. */
  @Override
  void close();
}
