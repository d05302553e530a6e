package io.gpuscaling.exporter.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ChannelContinuationTimeoutException;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import io.gpuscaling.core.metric.UnknownReason;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.LinkedBlockingDeque;
import org.jspecify.annotations.Nullable;

/**
 * Passive declares over a few channels of one connection at once. A channel waits for one answer at
 * a time, and is never used again after anything else has come of that: a late answer could be
 * taken for that of another queue. {@link #ask} is for one thread.
 */
final class DeclareChannels {

  /**
   * Asking at the same time. Sixteen were measured to be no faster than eight: the broker's side of
   * the connection is one process.
   */
  static final int MAX_CHANNELS = 8;

  /**
   * For queues that did not answer the last time, when all others have: so that one that hangs does
   * not hold up what the others said. Two round trips, for a channel and the answer.
   */
  static final Duration SUSPECT_TIMEOUT = Duration.ofMillis(500);

  private final Connection connection;
  private final LinkedBlockingDeque<Channel> idle = new LinkedBlockingDeque<>(MAX_CHANNELS);

  DeclareChannels(Connection connection) {
    this.connection = connection;
  }

  /**
   * Asks for each queue once, in this order, the suspects last. A queue that was not reached in
   * time has no answer; one that was and has not answered by then has {@link QueueProblem#TIMEOUT}.
   *
   * @param suspects those that did not answer the last time, and are not waited for as long
   * @param timeout for all; nothing is asked when it is not positive
   */
  ProbeResult ask(List<String> queues, Set<String> suspects, Duration timeout) {
    if (!timeout.isPositive()) {
      return new ProbeResult.Answered(Map.of());
    }
    int workers = Math.min(channels(), queues.size());
    var sweep = new QueueSweep(queues, suspects, workers);
    for (int i = 0; i < workers; i++) {
      Thread.ofVirtual().name("amqp-declare-" + i).start(() -> work(sweep));
    }
    Map<String, QueueAnswer> answers = sweep.await(timeout, SUSPECT_TIMEOUT);
    if (!connection.isOpen()) {
      return new ProbeResult.Unavailable(UnknownReason.UNREACHABLE, "the connection was lost");
    }
    return answers == null
        ? new ProbeResult.Unavailable(UnknownReason.UNREACHABLE, "no channel could be opened")
        : new ProbeResult.Answered(answers);
  }

  /** No more than the broker allows; 0 is no limit. */
  private int channels() {
    int most = connection.getChannelMax();
    return most == 0 ? MAX_CHANNELS : Math.min(MAX_CHANNELS, most);
  }

  private void work(QueueSweep sweep) {
    Channel channel = null;
    try {
      while (sweep.isGoingOn()) {
        channel = channel == null ? usable() : channel;
        String queue = channel == null ? null : sweep.next();
        if (channel == null || queue == null) {
          break;
        }
        QueueAnswer answer = declare(channel, queue);
        if (!(answer instanceof QueueAnswer.Depth)) {
          discard(channel);
          channel = null;
        }
        sweep.answer(queue, answer);
      }
    } finally {
      // Before the sweep can end: the next one would open another.
      if (channel != null && !idle.offer(channel)) {
        discard(channel);
      }
      sweep.leave();
    }
  }

  /** One that waits for nothing; null when there is none to be had. */
  private @Nullable Channel usable() {
    Channel waiting = idle.poll();
    if (waiting != null && waiting.isOpen()) {
      return waiting;
    }
    try {
      return connection.createChannel();
    } catch (IOException | AlreadyClosedException _) {
      return null;
    }
  }

  private static QueueAnswer declare(Channel channel, String queue) {
    try {
      AMQP.Queue.DeclareOk ok = channel.queueDeclarePassive(queue);
      return ok.getQueue().equals(queue)
          ? new QueueAnswer.Depth(
              Integer.toUnsignedLong(ok.getMessageCount()),
              Integer.toUnsignedLong(ok.getConsumerCount()))
          : new QueueAnswer.None(QueueProblem.MISMATCH);
    } catch (IOException e) {
      return new QueueAnswer.None(problem(e));
    } catch (AlreadyClosedException _) {
      // Closed with the connection: the text would blame the wrong queue.
      return new QueueAnswer.None(QueueProblem.OTHER);
    }
  }

  private static QueueProblem problem(IOException failure) {
    if (failure instanceof ChannelContinuationTimeoutException) {
      return QueueProblem.TIMEOUT;
    }
    return switch (failure.getCause()) {
      case ShutdownSignalException signal
          when signal.getReason() instanceof AMQP.Channel.Close close ->
          switch (close.getReplyCode()) {
            case AMQP.NOT_FOUND ->
                close.getReplyText().contains("is down or inaccessible")
                        || close.getReplyText().contains("home node")
                    ? QueueProblem.NODE_DOWN
                    : QueueProblem.MISSING;
            case AMQP.ACCESS_REFUSED -> QueueProblem.REFUSED;
            case AMQP.RESOURCE_LOCKED -> QueueProblem.LOCKED;
            default -> QueueProblem.OTHER;
          };
      case null, default -> QueueProblem.OTHER;
    };
  }

  /** Waits for nothing: the broker may be the one that does not answer. */
  private static void discard(Channel dropped) {
    if (dropped.isOpen()) {
      Thread.ofVirtual()
          .name("amqp-abort-channel")
          .start(() -> {
            try {
              dropped.abort();
            } catch (IOException | AlreadyClosedException _) {
              // It is gone, which is what was wanted.
            }
          });
    }
  }
}
