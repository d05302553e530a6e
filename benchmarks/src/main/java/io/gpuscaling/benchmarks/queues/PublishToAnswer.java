package io.gpuscaling.benchmarks.queues;

import com.rabbitmq.client.Channel;
import io.gpuscaling.benchmarks.load.Latencies;
import io.gpuscaling.benchmarks.process.MetricsReader;
import io.gpuscaling.benchmarks.process.Pause;
import io.gpuscaling.core.time.Ticker;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * How long messages take from their publishing to an answer of the metrics API. They are published
 * at random instants that no answer influences, each into a queue that no other is on its way to;
 * one question at a time asks for all queues that wait for an answer, so that many messages cost
 * the adapter no more than one would. For one thread.
 */
final class PublishToAnswer {

  /** From question to question: what an answer comes too late by at most, but for its own time. */
  static final Duration ASK_EACH = Duration.ofMillis(5);

  /** Messages on their way at once, on average: enough for a hundred in a few intervals. */
  private static final int MESSAGES_EACH_INTERVAL = 20;

  /** On their way at once at most: the text of a selector is bounded. */
  private static final int MOST_ON_THEIR_WAY = 200;

  /** Questions before the first message: connection and code of both sides are warm then. */
  private static final int WARM_UP = 500;

  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(20);
  private static final String READY = "rabbitmq_queue_messages_ready";

  private final MetricsReader reader;
  private final Channel channel;
  private final List<String> queues;
  private final Ticker ticker;
  private final SplittableRandom random = new SplittableRandom(1);
  private final int[] depths;
  private final Map<String, OnItsWay> waiting = new HashMap<>();
  private final Latencies messages = new Latencies();
  private final Latencies answers = new Latencies();
  private long nextAskAtNanos;

  /** A queue that has a message which no answer has shown yet. */
  private record OnItsWay(int depth, long publishedAtNanos) {}

  /**
   * What was measured.
   *
   * @param messages from publishing until an answer had come that counts the message
   * @param answers from a question to its answer, which is part of the former
   * @param longestPause from an answer to the next question: more than a few milliseconds mean that
   *     the machine had something else to do
   */
  record Measured(Latencies messages, Latencies answers, Duration longestPause) {}

  /**
   * Of queues that nobody else publishes to or consumes from.
   *
   * @param depth that each of them has
   */
  PublishToAnswer(
      MetricsReader reader, Channel channel, List<String> queues, int depth, Ticker ticker) {
    this.reader = reader;
    this.channel = channel;
    this.queues = List.copyOf(queues);
    this.ticker = ticker;
    this.depths = new int[queues.size()];
    Arrays.fill(depths, depth);
  }

  /** Asks for a while without a message, so that both sides are warm. */
  void warmUp() throws IOException, InterruptedException {
    nextAskAtNanos = ticker.nanos();
    for (int i = 0; i < WARM_UP; i++) {
      ask(queues.subList(0, Math.min(MESSAGES_EACH_INTERVAL, queues.size())));
      pause();
    }
  }

  /**
   * Publishes so many messages, and waits until answers have shown them all.
   *
   * @throws IOException when an answer does not count a message in time
   */
  Measured run(int count, Duration interval) throws IOException, InterruptedException {
    double gapNanos = (double) interval.toNanos() / MESSAGES_EACH_INTERVAL;
    int published = 0;
    nextAskAtNanos = ticker.nanos();
    long publishAtNanos = nextAskAtNanos;
    long longestPauseNanos = 0;
    while (published < count || !waiting.isEmpty()) {
      while (published < count && ticker.nanos() - publishAtNanos >= 0) {
        publish();
        published++;
        publishAtNanos += (long) (-Math.log(1 - random.nextDouble()) * gapNanos);
      }
      if (!waiting.isEmpty()) {
        long askedAtNanos = ticker.nanos();
        Map<String, Double> ready = ask(new ArrayList<>(waiting.keySet()));
        take(ready, askedAtNanos, ticker.nanos());
      }
      long pausedAtNanos = ticker.nanos();
      pause();
      longestPauseNanos = Math.max(longestPauseNanos, ticker.nanos() - pausedAtNanos);
    }
    return new Measured(messages, answers, Duration.ofNanos(longestPauseNanos));
  }

  private void publish() throws IOException {
    if (waiting.size() >= Math.min(MOST_ON_THEIR_WAY, queues.size())) {
      throw new IOException(waiting.size() + " messages are in no answer yet");
    }
    int index = random.nextInt(queues.size());
    while (waiting.containsKey(queues.get(index))) {
      index = random.nextInt(queues.size());
    }
    waiting.put(queues.get(index), new OnItsWay(++depths[index], ticker.nanos()));
    channel.basicPublish("", queues.get(index), null, new byte[1]);
  }

  private Map<String, Double> ask(List<String> asked) throws IOException, InterruptedException {
    String selector = "queue in (" + String.join(",", asked) + ")";
    return reader.byLabel(
        READY + "?labelSelector=" + URLEncoder.encode(selector, StandardCharsets.UTF_8), "queue");
  }

  private void take(Map<String, Double> ready, long askedAtNanos, long answeredAtNanos)
      throws IOException {
    answers.add(answeredAtNanos - askedAtNanos);
    for (Map.Entry<String, OnItsWay> each : Map.copyOf(waiting).entrySet()) {
      long takenNanos = answeredAtNanos - each.getValue().publishedAtNanos();
      if (ready.getOrDefault(each.getKey(), -1.0) >= each.getValue().depth()) {
        messages.add(takenNanos);
        waiting.remove(each.getKey());
      } else if (takenNanos > ANSWER_TIMEOUT.toNanos()) {
        throw new IOException("no answer has the message after " + ANSWER_TIMEOUT);
      }
    }
  }

  /** Until it is time for the next question; a late one does not make the others more frequent. */
  private void pause() throws InterruptedException {
    nextAskAtNanos = Math.max(nextAskAtNanos + ASK_EACH.toNanos(), ticker.nanos());
    Pause.of(Duration.ofNanos(nextAskAtNanos - ticker.nanos()));
  }
}
