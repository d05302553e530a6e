package io.gpuscaling.exporter.rabbitmq;

import io.gpuscaling.exporter.rabbitmq.stats.BrokerStats;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts requests to one broker and logs how they go when that changes. For several threads. */
final class RequestLog implements BrokerStats.Outcomes {

  private static final Logger LOG = LoggerFactory.getLogger(RequestLog.class);
  private static final String OK = "ok";

  private final BrokerSettings broker;
  private final RabbitMetrics metrics;
  private final Map<String, String> last = new ConcurrentHashMap<>();

  RequestLog(BrokerSettings broker, RabbitMetrics metrics) {
    this.broker = broker;
    this.metrics = metrics;
  }

  @Override
  public void asked(String source, String what, String outcome, String detail) {
    metrics.requested(broker.name(), source, outcome);
    String said = outcome + detail;
    if (said.equals(last.put(source + " " + what, said))) {
      return;
    }
    if (outcome.equals(OK)) {
      LOG.info("{}: {} {} answers", broker, source, what);
    } else {
      LOG.warn("{}: {} {}: {}", broker, source, what, detail);
    }
  }
}
