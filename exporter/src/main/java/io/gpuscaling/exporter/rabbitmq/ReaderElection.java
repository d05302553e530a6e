package io.gpuscaling.exporter.rabbitmq;

import io.gpuscaling.kubernetes.election.ElectionListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears which of several replicas reads a broker: counts, logs each change once, and has the source
 * look again at once.
 */
public final class ReaderElection implements ElectionListener {

  private static final Logger LOG = LoggerFactory.getLogger(ReaderElection.class);

  private final String broker;
  private final RabbitMetrics metrics;
  private final Runnable onChange;
  private String lastProblem = "";

  /**
   * A listener of the election of one broker.
   *
   * @param onChange is run when this replica begins or ends to be the reader; must return at once
   */
  public ReaderElection(String broker, RabbitMetrics metrics, Runnable onChange) {
    this.broker = broker;
    this.metrics = metrics;
    this.onChange = onChange;
  }

  @Override
  public void elected() {
    LOG.info("broker {}: this replica reads it", broker);
    onChange.run();
  }

  @Override
  public void dismissed(String why) {
    LOG.info("broker {}: this replica reads it no more: {}", broker, why);
    onChange.run();
  }

  @Override
  public void asked(String outcome, String detail) {
    metrics.leaseRequested(broker, outcome);
    if (!detail.equals(lastProblem)) {
      lastProblem = detail;
      if (detail.isEmpty()) {
        LOG.info("broker {}: the Lease can be used again", broker);
      } else {
        LOG.warn("broker {}: the Lease cannot be used: {}", broker, detail);
      }
    }
  }
}
