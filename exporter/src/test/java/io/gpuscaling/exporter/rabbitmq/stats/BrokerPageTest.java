package io.gpuscaling.exporter.rabbitmq.stats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.exporter.rabbitmq.QueueId;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BrokerPageTest {

  private static final QueueId C1 = new QueueId("/", "c1");
  private static final QueueId Q1 = new QueueId("/", "q1");

  /** Names and labels of RabbitMQ 4, from its collector; with those by channel beside them. */
  private static final String PAGE_4 =
      """
      # TYPE rabbitmq_detailed_queue_exchange_messages_published_total counter
      rabbitmq_detailed_queue_exchange_messages_published_total{queue_vhost="/",queue="c1",exchange_vhost="/",exchange=""} 14
      rabbitmq_detailed_queue_exchange_messages_published_total{queue_vhost="/",queue="c1",exchange_vhost="/",exchange="x"} 6
      rabbitmq_detailed_queue_messages_published_total{channel="<0.1.0>",queue_vhost="/",queue="c1",exchange_vhost="/",exchange=""} 3
      rabbitmq_detailed_queue_messages_delivered_ack_total{vhost="/",queue="c1"} 5
      rabbitmq_detailed_queue_messages_delivered_total{vhost="/",queue="c1"} 2
      rabbitmq_detailed_queue_get_ack_total{vhost="/",queue="c1"} 1
      rabbitmq_detailed_queue_messages_acked_total{vhost="/",queue="c1"} 4
      rabbitmq_detailed_queue_messages_redelivered_total{vhost="/",queue="c1"} 1
      rabbitmq_build_info{rabbitmq_version="4.0.5"} 1
      rabbitmq_identity_info{rabbitmq_node="rabbit@a"} 1
      """;

  private static CounterScrape read(byte[] page) {
    BrokerPage read = BrokerPage.read(page);
    assertThat(read).isInstanceOf(BrokerPage.Read.class);
    return ((BrokerPage.Read) read).counters();
  }

  private static Map<CounterKind, Long> sums(CounterScrape page, QueueId queue) {
    return page.readings().stream()
        .filter(it -> it.queue().equals(queue))
        .collect(
            Collectors.groupingBy(
                CounterScrape.Reading::kind, Collectors.summingLong(CounterScrape.Reading::value)));
  }

  @Test
  void read_recordedPage_hasCountersByChannel() {
    CounterScrape page = read(Recorded.PAGE);

    assertThat(page.node()).isEqualTo("broker@localhost");
    assertThat(page.majorVersion()).isEqualTo(3);
    assertThat(page.uptimeSeconds()).isEqualTo(2387.347);
    assertThat(sums(page, C1))
        .containsEntry(CounterKind.PUBLISHED, 5L)
        .containsEntry(CounterKind.DELIVERED, 3L)
        .containsEntry(CounterKind.ACKNOWLEDGED, 1L)
        .containsEntry(CounterKind.REDELIVERED, 2L);
    // One was got without acknowledgement.
    assertThat(sums(page, Q1))
        .containsEntry(CounterKind.PUBLISHED, 3L)
        .containsEntry(CounterKind.DELIVERED, 1L)
        .containsEntry(CounterKind.ACKNOWLEDGED, 1L);
    assertThat(page.readings().stream().map(CounterScrape.Reading::key)).doesNotHaveDuplicates();
  }

  @Test
  void read_version4_countsByQueueAndNotByChannelToo() {
    CounterScrape page = read(PAGE_4.getBytes(UTF_8));

    assertThat(page.majorVersion()).isEqualTo(4);
    assertThat(page.uptimeSeconds()).isNaN();
    assertThat(sums(page, C1))
        .containsEntry(CounterKind.PUBLISHED, 20L)
        .containsEntry(CounterKind.DELIVERED, 8L)
        .containsEntry(CounterKind.ACKNOWLEDGED, 6L)
        .containsEntry(CounterKind.REDELIVERED, 1L);
  }

  @Test
  void read_anyCutOfAPage_isRefusedOrWithoutItsNode() {
    for (int length = 0; length < Recorded.PAGE.length; length += 97) {
      byte[] cut = Arrays.copyOf(Recorded.PAGE, length);
      if (cut.length > 0 && cut[cut.length - 1] != '\n') {
        assertThat(BrokerPage.read(cut)).isInstanceOf(BrokerPage.Refused.class);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "<html>nothing</html>",
        "rabbitmq_build_info{rabbitmq_version=\"3.10.8\"} 1\n",
        "rabbitmq_identity_info{rabbitmq_node=\"a\"} 1\nnot a line {\n",
      })
  void read_noPageOfABroker_isRefused(String page) {
    assertThat(BrokerPage.read(page.getBytes(UTF_8))).isInstanceOf(BrokerPage.Refused.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{channel=\"c\",queue_vhost=\"/\",queue=\"\"} 1",
        "{channel=\"c\",queue_vhost=\"/\",queue=\"q\"} -1",
        "{channel=\"c\",queue_vhost=\"/\",queue=\"q\"} 1e300",
        "{channel=\"c\",queue_vhost=\"/\",queue=\"q\"} NaN",
      })
  void read_impossibleCounter_isLeftOut(String counter) {
    String page =
        "rabbitmq_detailed_queue_messages_published_total"
            + counter
            + "\nrabbitmq_build_info{rabbitmq_version=\"odd\"} 1"
            + "\nrabbitmq_identity_info{rabbitmq_node=\"a\"} 1\n";

    CounterScrape read = read(page.getBytes(UTF_8));

    assertThat(read.readings()).isEmpty();
    assertThat(read.majorVersion()).isZero();
  }
}
