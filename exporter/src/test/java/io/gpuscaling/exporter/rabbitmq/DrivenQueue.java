package io.gpuscaling.exporter.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.GetResponse;
import io.gpuscaling.core.time.Ticker;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Date;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * A queue of a real broker, driven so that the age of its oldest ready message is known: everything
 * that enters or leaves it does so here. Its scenario makes one step each 100 ms. Safe for use by
 * several threads.
 */
final class DrivenQueue {

  /** What happens to it. */
  enum Scenario {
    /** 100 messages at once each 20 s, 12 taken each second. */
    BURST,
    /** One message each 3 s for two workers that take 12 s for each. */
    FEW_LONG_TASKS,
    /** One message each second, nobody takes any. */
    NO_CONSUMERS,
    /** 5 each second and as many taken, of which 3 of 10 are given back. */
    REQUEUE,
    /** 2 each second, which expire after 15 s. */
    TTL,
    /** 5 each second, all thrown away each 25 s. */
    PURGE;

    String label() {
      return name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
    }
  }

  static final Duration STEP = Duration.ofMillis(100);

  private static final Duration TTL = Duration.ofSeconds(15);
  private static final int SECOND = 10;

  private static final int KEPT_TRUTHS = 100;

  /** How old the oldest message was. */
  private record Truth(long atNanos, double ageSeconds) {}

  private record Task(long tag, int number, int dueStep) {}

  private final String name;
  private final Scenario scenario;
  private final Channel channel;
  private final Ticker ticker;
  private final InstantSource clock;
  private final TreeMap<Integer, Long> ready = new TreeMap<>();
  private final Map<Integer, Long> published = new HashMap<>();
  private final ArrayDeque<Truth> truths = new ArrayDeque<>();
  private final ArrayDeque<Task> running = new ArrayDeque<>();
  private int step;
  private int numbers;
  private int taken;

  DrivenQueue(
      Connection connection, String kind, Scenario scenario, Ticker ticker, InstantSource clock)
      throws Exception {
    this.name = "age." + kind + "." + scenario.label().replace(' ', '-');
    this.scenario = scenario;
    this.channel = connection.createChannel();
    this.ticker = ticker;
    this.clock = clock;
    Map<String, Object> arguments = new HashMap<>(Map.of("x-queue-type", kind));
    if (scenario == Scenario.TTL) {
      arguments.put("x-message-ttl", TTL.toMillis());
    }
    channel.queueDeclare(name, true, false, false, arguments);
    channel.confirmSelect();
  }

  String name() {
    return name;
  }

  Scenario scenario() {
    return scenario;
  }

  /** The age of the oldest ready message in seconds; 0 when there is none. */
  synchronized double ageSeconds() {
    long now = ticker.nanos();
    if (scenario == Scenario.TTL) {
      ready.values().removeIf(at -> now - at > TTL.toNanos());
    }
    return ready.isEmpty() ? 0 : (now - ready.firstEntry().getValue()) / 1e9;
  }

  /** The least distance of an age from what was true at some instant since this one. */
  synchronized double errorSince(long nanos, double age) {
    double error = Math.abs(age - ageSeconds());
    for (Truth truth : truths) {
      if (truth.atNanos() - nanos >= 0) {
        error = Math.min(error, Math.abs(age - truth.ageSeconds()));
      }
    }
    return error;
  }

  synchronized void step() throws Exception {
    truths.add(new Truth(ticker.nanos(), ageSeconds()));
    if (truths.size() > KEPT_TRUTHS) {
      truths.remove();
    }
    switch (scenario) {
      case BURST -> {
        publish(step % (20 * SECOND) == 30 ? 100 : 0);
        take(step % 5 == 0 ? 6 : 0, 0);
      }
      case FEW_LONG_TASKS -> {
        publish(step % (3 * SECOND) == 0 ? 1 : 0);
        finish();
        take(2 - running.size(), 12 * SECOND);
      }
      case NO_CONSUMERS -> publish(step % SECOND == 0 ? 1 : 0);
      case REQUEUE -> {
        publish(step % 2 == 0 ? 1 : 0);
        finish();
        take(step % 2 == 1 && step > 5 * SECOND ? 1 : 0, 3);
      }
      case TTL -> publish(step % 5 == 0 ? 1 : 0);
      case PURGE -> {
        publish(step % 2 == 0 ? 1 : 0);
        if (step % (25 * SECOND) == 249) {
          channel.queuePurge(name);
          ready.clear();
        }
      }
    }
    step++;
  }

  private void publish(int count) throws Exception {
    for (int i = 0; i < count; i++) {
      int number = numbers++;
      var properties =
          new AMQP.BasicProperties.Builder().timestamp(Date.from(clock.instant())).build();
      channel.basicPublish("", name, properties, Integer.toString(number).getBytes(UTF_8));
      published.put(number, ticker.nanos());
      ready.put(number, ticker.nanos());
    }
    channel.waitForConfirmsOrDie(10_000);
  }

  private void take(int count, int steps) throws Exception {
    for (int i = 0; i < count; i++) {
      GetResponse got = channel.basicGet(name, false);
      if (got == null) {
        return;
      }
      int number = Integer.parseInt(new String(got.getBody(), UTF_8));
      ready.remove(number);
      running.add(new Task(got.getEnvelope().getDeliveryTag(), number, step + steps));
    }
    finish();
  }

  private void finish() throws Exception {
    while (!running.isEmpty() && running.peek().dueStep() <= step) {
      Task task = running.remove();
      if (scenario == Scenario.REQUEUE && taken++ % 10 < 3) {
        channel.basicNack(task.tag(), false, true);
        ready.put(task.number(), published.getOrDefault(task.number(), 0L));
      } else {
        channel.basicAck(task.tag(), false);
      }
    }
  }
}
