package io.gpuscaling.exporter.rabbitmq;

import io.gpuscaling.exporter.rabbitmq.stats.WorkerUnacked;
import io.gpuscaling.exporter.rabbitmq.stats.WorkersView;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.prometheus.client.Histogram;
import io.prometheus.client.Summary;
import java.util.List;
import java.util.Locale;

/** What the sources of all brokers count about themselves. Safe for use by any thread. */
public final class RabbitMetrics {

  private static final String BROKER = "broker";
  private static final String OUTCOME = "outcome";
  private static final double[] SECONDS = {
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10
  };

  private final Counter polls;
  private final Counter answers;
  private final Counter connects;
  private final Counter requests;
  private final Counter leaseRequests;
  private final Gauge queues;
  private final Gauge reading;
  private final Gauge workers;
  private final Gauge workersLeftOut;
  private final Histogram duration;
  private final Summary stages;

  private RabbitMetrics(CollectorRegistry registry) {
    polls =
        Counter.build("gpuscaling_rabbitmq_polls_total", "Polls of a broker by outcome.")
            .labelNames(BROKER, OUTCOME)
            .register(registry);
    answers =
        Counter.build(
                "gpuscaling_rabbitmq_queue_answers_total",
                "What a broker said about single queues.")
            .labelNames(BROKER, "answer")
            .register(registry);
    connects =
        Counter.build(
                "gpuscaling_rabbitmq_connects_total",
                "Connections to a broker made, refused and lost.")
            .labelNames(BROKER, OUTCOME)
            .register(registry);
    requests =
        Counter.build(
                "gpuscaling_rabbitmq_http_requests_total",
                "Requests to a broker's HTTP interfaces by outcome.")
            .labelNames(BROKER, "interface", OUTCOME)
            .register(registry);
    leaseRequests =
        Counter.build(
                "gpuscaling_rabbitmq_lease_requests_total",
                "Requests for the Lease by which replicas agree on who reads a broker, by outcome.")
            .labelNames(BROKER, OUTCOME)
            .register(registry);
    queues =
        Gauge.build(
                "gpuscaling_rabbitmq_queues",
                "Queues of a broker that are polled, and that match a pattern and are left out.")
            .labelNames(BROKER, "state")
            .register(registry);
    reading =
        Gauge.build(
                "gpuscaling_rabbitmq_reading",
                "1 while this replica reads the broker, 0 while another is to.")
            .labelNames(BROKER)
            .register(registry);
    workers =
        Gauge.build(
                "gpuscaling_rabbitmq_worker_unacked",
                "Messages of the polled queues that a worker has not acknowledged: of a pod, where its connection says so, else of an address.")
            .labelNames(BROKER, "worker", "exactness")
            .register(registry);
    workersLeftOut =
        Gauge.build(
                "gpuscaling_rabbitmq_workers_left_out",
                "Workers of a broker that are not told of, for want of room.")
            .labelNames(BROKER)
            .register(registry);
    duration =
        Histogram.build("gpuscaling_rabbitmq_poll_duration_seconds", "Time that a poll took.")
            .labelNames(BROKER)
            .buckets(SECONDS)
            .register(registry);
    stages =
        Summary.build(
                "gpuscaling_rabbitmq_poll_stage_duration_seconds",
                "Time that the stages of a poll took.")
            .labelNames(BROKER, "stage")
            .register(registry);
  }

  /** What a poll does, one after the other. */
  enum Stage {
    /** Waits for the counters of the Prometheus pages. */
    COUNTERS,
    /** Asks for the queues. */
    QUEUES,
    /** Waits for the counters once more, which few polls do. */
    RECOUNT,
    /** Makes samples of all that and publishes them. */
    SAMPLES
  }

  void took(String broker, Stage stage, double seconds) {
    stages.labels(broker, stage.name().toLowerCase(Locale.ROOT)).observe(seconds);
  }

  /** Registers them, once for a registry. */
  public static RabbitMetrics register(CollectorRegistry registry) {
    return new RabbitMetrics(registry);
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

  void notReached(String broker) {
    answers.labels(broker, "not_reached").inc();
  }

  void requested(String broker, String source, String outcome) {
    requests.labels(broker, source, outcome).inc();
  }

  void connected(String broker, String outcome) {
    connects.labels(broker, outcome).inc();
  }

  void leaseRequested(String broker, String outcome) {
    leaseRequests.labels(broker, outcome).inc();
  }

  void queues(String broker, int polled, int leftOut) {
    queues.labels(broker, "polled").set(polled);
    queues.labels(broker, "left_out").set(leftOut);
  }

  /** Replaces what was shown of a broker's workers before. */
  void workers(String broker, List<WorkerUnacked> before, WorkersView now) {
    for (WorkerUnacked each : before) {
      workers.remove(broker, each.worker().toString(), exactness(each));
    }
    for (WorkerUnacked each : now.workers()) {
      // A pod may have connections from several addresses.
      workers
          .labels(broker, each.worker().toString(), exactness(each))
          .inc(each.messages().value());
    }
    workersLeftOut.labels(broker).set(now.leftOut());
  }

  private static String exactness(WorkerUnacked each) {
    return each.messages().exactness().name().toLowerCase(Locale.ROOT);
  }

  void reading(String broker, boolean isReading) {
    reading.labels(broker).set(isReading ? 1 : 0);
  }
}
