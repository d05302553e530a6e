package io.gpuscaling.exporter.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class QueueSelectionTest {

  private static final QueueId JOBS = new QueueId("/", "jobs");

  @ParameterizedTest
  @CsvSource({
    "jobs, jobs, true",
    "jobs, job, false",
    "jobs, jobs2, false",
    "*, anything, true",
    "*, amq.gen-1, false",
    "amq.*, amq.gen-1, true",
    "video.*, video., true",
    "video.*, video, false",
    "*.video, a.video, true",
    "*.video, a.video.b, false",
    "a*b*c, aXbYbZc, true",
    "a*b*c, aXcYb, false",
    "a**b, ab, true",
    "'a[b]+', a[b]+, true",
  })
  void pattern_matchesNames(String pattern, String name, boolean matches) {
    var queues = new QueuePattern("v", pattern);
    assertThat(queues.matches(new QueueId("v", name))).isEqualTo(matches);
    assertThat(queues.matches(new QueueId("w", name))).isFalse();
  }

  @Test
  void pattern_manyStars_takesNoLongTime() {
    var queues = new QueuePattern("/", "*a".repeat(120));
    assertThat(queues.matches(new QueueId("/", "a".repeat(254) + "b"))).isFalse();
  }

  @Test
  void selection_isBounded() {
    List<QueueId> many =
        IntStream.rangeClosed(0, QueueSelection.MAX_QUEUES)
            .mapToObj(i -> new QueueId("/", "q" + i))
            .toList();
    assertRefused(many, List.of(), "not 1901 and 0");
    assertRefused(
        List.of(),
        Collections.nCopies(QueueSelection.MAX_PATTERNS + 1, new QueuePattern("/", "*")),
        "not 0 and 61");
    List<QueueId> vhosts =
        IntStream.rangeClosed(0, QueueSelection.MAX_VHOSTS)
            .mapToObj(i -> new QueueId("v" + i, "q"))
            .toList();
    assertRefused(vhosts, List.of(), "not 51");
  }

  @Test
  void selection_thatCannotBeServed_isRefused() {
    assertRefused(List.of(), List.of(), "at least one");
    assertRefused(List.of(JOBS, JOBS), List.of(), "'jobs' is listed twice");
    assertRefused(List.of(JOBS), List.of(new QueuePattern("default", "*")), "'default'");
    assertThatIllegalArgumentException().isThrownBy(() -> new QueuePattern("/", ""));
  }

  private static void assertRefused(List<QueueId> queues, List<QueuePattern> patterns, String why) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new QueueSelection(queues, patterns, QueueSelection.MAX_QUEUES))
        .withMessageContaining(why);
  }

  @Test
  void selected_isNamedOrMatched() {
    var selection =
        new QueueSelection(
            List.of(JOBS),
            List.of(new QueuePattern("media", "video.*")),
            QueueSelection.MAX_QUEUES);
    assertThat(selection.vhosts()).containsExactly("/", "media");
    assertThat(selection.selected())
        .accepts(JOBS, new QueueId("media", "video.a"))
        .rejects(new QueueId("media", "jobs"), new QueueId("/", "video.a"));
  }

  @Test
  void patterns_withoutManagementApi_areRefused() {
    BrokerSettings broker =
        BrokerSettings.parse("default", "amqp://h", null, BrokerSettings.TlsFiles.NONE);
    var selection = new QueueSelection(List.of(), List.of(new QueuePattern("/", "*")), 10);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> settings(broker, selection))
        .withMessageContaining("managementUrl");
    assertThat(settings(broker.with(URI.create("http://h:15672"), List.of()), selection))
        .isNotNull();
  }

  private static RabbitSettings settings(BrokerSettings broker, QueueSelection selection) {
    Duration second = Duration.ofSeconds(1);
    return new RabbitSettings(broker, selection, second, second, second);
  }
}
