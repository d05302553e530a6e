package io.gpuscaling.exporter.rabbitmq;

import io.gpuscaling.core.metric.BrokerWorkers;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SeriesKey;
import io.gpuscaling.exporter.rabbitmq.stats.WorkerId;
import io.gpuscaling.exporter.rabbitmq.stats.WorkerUnacked;
import io.gpuscaling.exporter.rabbitmq.stats.WorkersView;
import java.util.List;

/** What the workers of a broker have, as samples. Not for several threads. */
final class WorkerSamples {

  private final String broker;
  private final RabbitMetrics metrics;
  private WorkersView last = WorkersView.NONE;
  private List<Sample> samples = List.of();

  WorkerSamples(String broker, RabbitMetrics metrics) {
    this.broker = broker;
    this.metrics = metrics;
  }

  /** All there are to say now. */
  List<Sample> of(WorkersView view) {
    if (!view.equals(last)) {
      metrics.workers(broker, last.workers(), view);
      last = view;
      samples = view.workers().stream().map(each -> sample(each, view.atNanos())).toList();
    }
    return samples;
  }

  private Sample sample(WorkerUnacked each, long atNanos) {
    WorkerId worker = each.worker();
    Labels labels =
        Labels.of(
            BrokerWorkers.BROKER, broker, BrokerWorkers.SINCE, Long.toString(each.sinceSeconds()));
    if (!worker.pod().isEmpty()) {
      labels =
          labels
              .with(BrokerWorkers.NAMESPACE, worker.namespace())
              .with(BrokerWorkers.POD, worker.pod());
    }
    if (!worker.node().isEmpty()) {
      labels = labels.with(BrokerWorkers.NODE, worker.node());
    }
    if (!worker.address().isEmpty()) {
      labels = labels.with(BrokerWorkers.ADDRESS, worker.address());
    }
    return new Sample(new SeriesKey(BrokerWorkers.UNACKED, labels), each.messages(), atNanos);
  }
}
