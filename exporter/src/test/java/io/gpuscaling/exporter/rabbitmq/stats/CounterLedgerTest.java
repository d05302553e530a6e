package io.gpuscaling.exporter.rabbitmq.stats;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.exporter.rabbitmq.QueueId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CounterLedgerTest {

  private static final QueueId QUEUE = new QueueId("/", "jobs");
  private static final QueueId OTHER = new QueueId("/", "other");

  private final CounterLedger ledger = new CounterLedger(QUEUE::equals);
  private double uptimeSeconds = 100;

  /** Channel and what it has published, in turn. */
  private void take(String node, Object... channels) {
    List<CounterScrape.Reading> readings = new ArrayList<>();
    for (int i = 0; i < channels.length; i += 2) {
      readings.add(
          new CounterScrape.Reading(
              channels[i], QUEUE, CounterKind.PUBLISHED, ((Integer) channels[i + 1])));
    }
    readings.add(new CounterScrape.Reading("x", OTHER, CounterKind.PUBLISHED, 7));
    uptimeSeconds++;
    ledger.take(new CounterScrape(node, 3, uptimeSeconds, readings), 5);
  }

  private long published() {
    return ledger.totals().getOrDefault(QUEUE, QueueCounters.NONE).published();
  }

  @Test
  void take_firstPage_isWhereCountingBegins() {
    take("a", "c1", 100);
    assertThat(published()).isZero();

    take("a", "c1", 103);
    assertThat(published()).isEqualTo(3);
    assertThat(ledger.totals()).doesNotContainKey(OTHER);
  }

  @Test
  void take_channelsThatComeAndGo_areAddedUp() {
    take("a", "c1", 100);
    take("a", "c1", 101, "c2", 5);
    take("a", "c2", 6);
    take("a", "c3", 2);

    assertThat(published()).isEqualTo(1 + 5 + 1 + 2);
  }

  @Test
  void take_valueThatFalls_hasBegunAnew() {
    take("a", "c1", 100);
    take("a", "c1", 4);

    assertThat(published()).isEqualTo(4);
  }

  @Test
  void take_nodeThatRestarted_countsFromZero() {
    take("a", "c1", 100);
    uptimeSeconds = 0;
    take("a", "c1", 120);

    assertThat(published()).isEqualTo(120);
  }

  @Test
  void take_severalNodes_areApart() {
    take("a", "c1", 100);
    take("b", "c1", 10);
    take("a", "c1", 101);
    take("b", "c1", 12);

    assertThat(published()).isEqualTo(3);
    assertThat(ledger.seenAtNanos("a")).isEqualTo(5);
    assertThat(ledger.seenAtNanos("c")).isNull();
  }

  @Test
  void counters_ofAllKinds_addUp() {
    QueueCounters counters = QueueCounters.NONE;
    int count = 0;
    for (CounterKind kind : CounterKind.values()) {
      counters = counters.plus(kind, ++count);
    }

    assertThat(counters).isEqualTo(new QueueCounters(1, 2, 3, 4));
    assertThat(counters.outstanding()).isZero();
    assertThat(new QueueCounters(9, 8, 3, 1).outstanding()).isEqualTo(5);
    assertThat(new QueueCounters(9, 8, 3, 1).firstDelivered()).isEqualTo(7);
  }
}
