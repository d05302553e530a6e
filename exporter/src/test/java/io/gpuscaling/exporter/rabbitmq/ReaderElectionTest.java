package io.gpuscaling.exporter.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.client.CollectorRegistry;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class ReaderElectionTest {

  @Test
  void changes_areHandedOnAndRequestsCounted() {
    var registry = new CollectorRegistry();
    var changes = new AtomicInteger();
    var election =
        new ReaderElection("b", RabbitMetrics.register(registry), changes::incrementAndGet);

    election.asked("failed", "down");
    election.asked("failed", "down");
    election.asked("ok", "");
    election.elected();
    election.dismissed("it was deleted");

    assertThat(changes).hasValue(2);
    assertThat(
            registry.getSampleValue(
                "gpuscaling_rabbitmq_lease_requests_total",
                new String[] {"broker", "outcome"},
                new String[] {"b", "failed"}))
        .isEqualTo(2);
  }
}
