package io.gpuscaling.exporter.rabbitmq.stats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ManagementJsonTest {

  private final ManagementJson json = new ManagementJson();

  private QueueTotals totals(String fields) {
    String body = "[{\"name\":\"q\"" + (fields.isEmpty() ? "" : "," + fields) + "}]";
    return Objects.requireNonNull(json.totals(body.getBytes(UTF_8)).orElseThrow().get("q"));
  }

  private QueueFacts facts(String fields) {
    String body = "[{\"name\":\"q\"," + fields + "}]";
    return Objects.requireNonNull(json.facts(body.getBytes(UTF_8)).orElseThrow().get("q"));
  }

  @Test
  void totals_recordedList_hasEveryKind() {
    var totals = json.totals(Recorded.TOTALS).orElseThrow();

    assertThat(totals).containsOnlyKeys("c1", "p1", "q1", "s1");
    assertThat(totals.get("c1"))
        .isEqualTo(
            new QueueTotals(
                QueueKind.CLASSIC,
                true,
                true,
                false,
                OptionalLong.of(10),
                OptionalLong.of(0),
                OptionalLong.of(10)));
    assertThat(Objects.requireNonNull(totals.get("q1")).kind()).isEqualTo(QueueKind.QUORUM);
    assertThat(Objects.requireNonNull(totals.get("q1")).hasLeader()).isTrue();
    assertThat(Objects.requireNonNull(totals.get("s1")).kind()).isEqualTo(QueueKind.STREAM);
    assertThat(Objects.requireNonNull(totals.get("s1")).ready()).isEmpty();
  }

  @Test
  void totals_missingFields_areUnknownAndNeverZero() {
    QueueTotals totals = totals("");

    assertThat(totals)
        .isEqualTo(
            new QueueTotals(
                QueueKind.UNKNOWN,
                true,
                false,
                false,
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "\"5\"", "-1", "1.5", "1e30", "{}", "[]", "true"})
  void totals_noCount_isUnknown(String value) {
    assertThat(totals("\"messages_ready\":" + value).ready()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"leader\":null,\"members\":[\"a\",\"b\",\"c\"],\"online\":[\"a\",\"b\"]",
        "\"members\":[\"a\",\"b\",\"c\"],\"online\":[\"a\",\"b\",\"c\"]",
        "\"leader\":\"a\",\"members\":[\"a\",\"b\",\"c\"],\"online\":[\"a\"]",
        "\"leader\":\"a\",\"members\":[\"a\",\"b\"],\"online\":[\"a\"]",
        "\"leader\":\"a\"",
      })
  void totals_quorumWithoutLeaderOrMajority_hasNone(String fields) {
    assertThat(totals("\"type\":\"quorum\"," + fields).hasLeader()).isFalse();
  }

  @Test
  void facts_recordedList_knowsPriorities() {
    var facts = json.facts(Recorded.FACTS).orElseThrow();

    assertThat(facts.get("p1")).isEqualTo(new QueueFacts(QueueKind.CLASSIC, true, false, false));
    assertThat(facts.get("c1")).isEqualTo(new QueueFacts(QueueKind.CLASSIC, false, false, false));
    assertThat(Objects.requireNonNull(facts.get("q1")).kind()).isEqualTo(QueueKind.QUORUM);
  }

  @Test
  void facts_argumentsAndPolicy_bothCount() {
    assertThat(facts("\"arguments\":{\"x-overflow\":\"reject-publish\"}").rejectsPublishes())
        .isTrue();
    assertThat(
            facts("\"effective_policy_definition\":{\"overflow\":\"reject-publish-dlx\"}")
                .rejectsPublishes())
        .isTrue();
    assertThat(facts("\"arguments\":{\"x-overflow\":\"drop-head\"}").rejectsPublishes()).isFalse();
    assertThat(facts("\"arguments\":{\"x-delivery-limit\":5}").hasDeliveryLimit()).isTrue();
    assertThat(facts("\"effective_policy_definition\":{\"delivery-limit\":5}").hasDeliveryLimit())
        .isTrue();
  }

  @Test
  void counters_messageStats_areReadWhereTheyAre() {
    String body =
        """
        [{"name":"a","message_stats":{"publish":7,"deliver_get":3,"deliver_no_ack":1,"ack":1}},
         {"name":"quiet"},{"name":"","message_stats":{"publish":7}}]\
        """;

    var readings = json.counters("/", body.getBytes(UTF_8)).orElseThrow();

    assertThat(readings).hasSize(4);
    assertThat(readings.stream().map(CounterScrape.Reading::key)).doesNotHaveDuplicates();
  }

  @Test
  void health_nodes_areAddedUp() {
    String body =
        """
        [{"name":"a","running":true,"mem_alarm":true,"disk_free_alarm":true,"partitions":["b"]},
         {"name":"b","running":false},{"name":"c","running":true}]\
        """;

    BrokerHealth health = json.health(body.getBytes(UTF_8)).orElseThrow();

    assertThat(health.alarms()).isEqualTo(2);
    assertThat(health.partitions()).isEqualTo(1);
    assertThat(health.nodesDown()).isEqualTo(1);
    assertThat(health.running()).containsExactly("a", "c");
    assertThat(health.blockedConnections()).isEmpty();
    assertThat(
            json.blockedConnections(
                "[{\"state\":\"running\"},{\"state\":\"blocked\"},{\"state\":\"blocking\"},{}]"
                    .getBytes(UTF_8)))
        .isEqualTo(OptionalInt.of(1));
  }

  @Test
  void anything_thatIsNoList_isNothing() {
    for (String body : new String[] {"", "{}", "null", "[", "<html>", "[".repeat(100)}) {
      byte[] bytes = body.getBytes(UTF_8);
      assertThat(json.totals(bytes)).isEmpty();
      assertThat(json.facts(bytes)).isEmpty();
      assertThat(json.counters("/", bytes)).isEmpty();
      assertThat(json.health(bytes)).isEmpty();
      assertThat(json.blockedConnections(bytes)).isEmpty();
    }
    assertThat(json.health("[]".getBytes(UTF_8))).isEmpty();
    assertThat(json.totals("[1,null,[]]".getBytes(UTF_8)).orElseThrow()).isEmpty();
  }
}
