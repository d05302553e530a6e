package io.gpuscaling.exporter.rabbitmq;

import io.gpuscaling.core.metric.SourceFinding;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.exporter.rabbitmq.stats.BrokerStats;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * What keeps a source from reading all of its broker: rights, plugins, names that do not exist. By
 * vhosts first, since a vhost that does not answer explains the most; then by interfaces, then by
 * queues. Pure.
 */
final class BrokerFindings {

  private BrokerFindings() {}

  /**
   * What is found, the most important first.
   *
   * @param failures of vhosts, over AMQP
   * @param troubles of the management API and the Prometheus pages
   */
  static List<SourceFinding> of(
      SortedMap<String, ProbeResult.Unavailable> failures,
      List<BrokerStats.Trouble> troubles,
      WatchedQueues queues) {
    List<SourceFinding> findings = new ArrayList<>();
    failures.forEach((vhost, failure) ->
        findings.add(
            new SourceFinding(
                failure.reason() == UnknownReason.REFUSED ? "amqp_refused" : "amqp_unreachable",
                "vhost " + vhost + ": " + failure.detail())));
    for (BrokerStats.Trouble it : troubles) {
      findings.add(
          new SourceFinding(it.source() + "_" + it.outcome(), it.what() + ": " + it.detail()));
    }
    for (String vhost : queues.vhosts()) {
      if (!failures.containsKey(vhost)) {
        ofQueues(queues.of(vhost), findings);
      }
    }
    return findings;
  }

  private static void ofQueues(Map<QueueId, QueueModel> models, List<SourceFinding> findings) {
    models.forEach((queue, model) -> {
      if (findings.size() == SourceFinding.MAX_FINDINGS) {
        return;
      }
      if (model.isRefused()) {
        findings.add(
            new SourceFinding(
                "queue_refused", "vhost " + queue.vhost() + ", queue " + queue.queue()));
      } else if (model.isMissing()) {
        findings.add(
            new SourceFinding(
                "queue_missing", "vhost " + queue.vhost() + ", queue " + queue.queue()));
      }
    });
  }
}
