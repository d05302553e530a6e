package io.gpuscaling.exporter.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What every {@link QueueProbe} does, whatever the broker behind it: run against a fake one here,
 * against a real one where there is one.
 */
@Timeout(60)
abstract class QueueProbeContract {

  private final List<QueueProbe> opened = new ArrayList<>();

  /** A probe of a vhost that has the queues put so far. */
  abstract QueueProbe createProbe() throws Exception;

  /** Makes a queue that has so many ready messages and consumers. */
  abstract void putQueue(String name, int ready, int consumers) throws Exception;

  /** Makes the queue not exist. */
  abstract void removeQueue(String name) throws Exception;

  final QueueProbe open() throws Exception {
    QueueProbe probe = createProbe();
    opened.add(probe);
    return probe;
  }

  @AfterEach
  final void closeProbes() {
    opened.forEach(QueueProbe::close);
  }

  static ProbeResult ask(QueueProbe probe, String... queues) {
    return probe.probe(List.of(queues), Set.of(), RabbitSource.SWEEP_TIMEOUT);
  }

  private static ProbeResult answered(Map<String, QueueAnswer> answers) {
    return new ProbeResult.Answered(answers);
  }

  private static QueueAnswer depth(long ready, long consumers) {
    return new QueueAnswer.Depth(ready, consumers);
  }

  @Test
  void probe_existingQueues_saysDepthAndConsumers() throws Exception {
    putQueue("contract.a", 3, 0);
    putQueue("contract.b", 0, 2);

    assertThat(ask(open(), "contract.a", "contract.b"))
        .isEqualTo(answered(Map.of("contract.a", depth(3, 0), "contract.b", depth(0, 2))));
  }

  @Test
  void probe_missingQueueAmongOthers_isMissingAndNeverZero() throws Exception {
    putQueue("contract.a", 1, 0);
    putQueue("contract.b", 2, 0);
    removeQueue("contract.gone");
    QueueProbe probe = open();

    for (int i = 0; i < 3; i++) {
      assertThat(ask(probe, "contract.a", "contract.gone", "contract.b"))
          .isEqualTo(
              answered(
                  Map.of(
                      "contract.a", depth(1, 0),
                      "contract.gone", new QueueAnswer.None(QueueProblem.MISSING),
                      "contract.b", depth(2, 0))));
    }
  }

  @Test
  void probe_queueMadeLater_isSeen() throws Exception {
    removeQueue("contract.late");
    QueueProbe probe = open();
    assertThat(ask(probe, "contract.late"))
        .isEqualTo(answered(Map.of("contract.late", new QueueAnswer.None(QueueProblem.MISSING))));

    putQueue("contract.late", 1, 0);

    assertThat(ask(probe, "contract.late"))
        .isEqualTo(answered(Map.of("contract.late", depth(1, 0))));
  }

  @Test
  void probe_noQueue_answersNothing() throws Exception {
    assertThat(ask(open())).isEqualTo(answered(Map.of()));
  }

  @Test
  void probe_afterClose_isUnavailable() throws Exception {
    putQueue("contract.a", 1, 0);
    QueueProbe probe = open();
    ask(probe, "contract.a");

    probe.close();

    assertThat(ask(probe, "contract.a")).isInstanceOf(ProbeResult.Unavailable.class);
  }
}
