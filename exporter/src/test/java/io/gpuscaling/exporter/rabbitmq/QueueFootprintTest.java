package io.gpuscaling.exporter.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.exporter.rabbitmq.stats.CounterView;
import io.gpuscaling.exporter.rabbitmq.stats.QueueCounters;
import io.gpuscaling.exporter.rabbitmq.stats.QueueFacts;
import io.gpuscaling.exporter.rabbitmq.stats.QueueKind;
import io.gpuscaling.exporter.rabbitmq.stats.QueueTotals;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much memory the reader keeps for a queue, as {@code docs/performance.md} states it: the worst
 * case, in which each poll sees arrivals and the backlog never drains. Logs the figure.
 */
final class QueueFootprintTest {

  private static final Logger LOG = LoggerFactory.getLogger(QueueFootprintTest.class);
  private static final int QUEUES = 500;
  private static final int LOOKS = 1_500;
  private static final long SECOND = 1_000_000_000L;

  /** What the page says, and what half as much again would be too much for. */
  private static final double STATED_BYTES = 12 * 1024;

  private final WatchedQueues queues =
      new WatchedQueues(
          QueueSelection.of(
              IntStream.range(0, QUEUES).mapToObj(i -> new QueueId("/", "jobs." + i)).toList()),
          new QueueModel.Rules(
              Duration.ofSeconds(1), Duration.ofSeconds(10), Duration.ofMinutes(5), true, true),
          0);

  private final BrokerSamples samples = new BrokerSamples("default", true);
  private List<Sample> latest = new ArrayList<>();
  private long now;

  /** Each queue gets a message and loses one less often. */
  private void look(int number) {
    now += SECOND;
    queues
        .of("/")
        .values()
        .forEach(model ->
            model.observe(
                new QueueAnswer.Depth(number - number / 3, 1),
                new QueueEvidence(
                    new QueueEvidence.Counted(
                        new QueueCounters(number, number / 3, number / 3, 0),
                        CounterView.Origin.PROMETHEUS,
                        now),
                    0,
                    new QueueTotals(
                        QueueKind.CLASSIC,
                        true,
                        true,
                        false,
                        OptionalLong.of(number - number / 3),
                        OptionalLong.of(0),
                        OptionalLong.of(number - number / 3)),
                    UnknownReason.NOT_REPORTED,
                    now,
                    new QueueFacts(QueueKind.CLASSIC, false, false, false),
                    false),
                now));
    latest = samples.of(queues, null, now);
  }

  private static long usedBytes() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  @Test
  void queueThatNeverDrains_takesWhatIsStatedAndNoMore() {
    long empty = usedBytes();
    for (int i = 1; i <= LOOKS; i++) {
      look(i);
    }
    double full = (double) (usedBytes() - empty) / QUEUES;
    for (int i = LOOKS + 1; i <= 2 * LOOKS; i++) {
      look(i);
    }
    double later = (double) (usedBytes() - empty) / QUEUES;

    LOG.info("{} bytes for a queue, {} later", Math.round(full), Math.round(later));
    assertThat(latest).hasSize(10 * QUEUES + 4);
    assertThat(full).isBetween(STATED_BYTES / 4, STATED_BYTES * 1.5);
    assertThat(later).isLessThan(full * 1.1);
  }
}
