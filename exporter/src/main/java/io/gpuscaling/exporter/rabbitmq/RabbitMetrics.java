package io.gpuscaling.exporter.rabbitmq;

import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Histogram;

/** What the sources of all brokers count about themselves. Safe for use by any thread. */
public final class RabbitMetrics {

  private static final double[] SECONDS = {
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10
  };

  private final Counter polls;
  private final Counter answers;
  private final Counter connects;
  private final Counter requests;
  private final Histogram duration;

  private RabbitMetrics(
      Counter polls, Counter answers, Counter connects, Counter requests, Histogram duration) {
    this.polls = polls;
    this.answers = answers;
    this.connects = connects;
    this.requests = requests;
    this.duration = duration;
  }

  /** Registers them, once for a registry. */
  public static RabbitMetrics register(CollectorRegistry registry) {
    return new RabbitMetrics(
        Counter.build("gpuscaling_rabbitmq_polls_total", "Polls of a broker by outcome.")
            .labelNames("broker", "outcome")
            .register(registry),
        Counter.build(
                "gpuscaling_rabbitmq_queue_answers_total",
                "What a broker said about single queues.")
            .labelNames("broker", "answer")
            .register(registry),
        Counter.build(
                "gpuscaling_rabbitmq_connects_total",
                "Connections to a broker made, refused and lost.")
            .labelNames("broker", "outcome")
            .register(registry),
        Counter.build(
                "gpuscaling_rabbitmq_http_requests_total",
                "Requests to a broker's HTTP interfaces by outcome.")
            .labelNames("broker", "interface", "outcome")
            .register(registry),
        Histogram.build("gpuscaling_rabbitmq_poll_duration_seconds", "Time that a poll took.")
            .labelNames("broker")
            .buckets(SECONDS)
            .register(registry));
  }

  void polled(String broker, String outcome, double seconds) {
    polls.labels(broker, outcome).inc();
    duration.labels(broker).observe(seconds);
  }

  void answered(String broker, QueueAnswer answer) {
    String label =
        switch (answer) {
          case QueueAnswer.Depth _ -> "depth";
          case QueueAnswer.None(QueueProblem problem) -> problem.label();
        };
    answers.labels(broker, label).inc();
  }

  void requested(String broker, String source, String outcome) {
    requests.labels(broker, source, outcome).inc();
  }

  void connected(String broker, String outcome) {
    connects.labels(broker, outcome).inc();
  }
}
