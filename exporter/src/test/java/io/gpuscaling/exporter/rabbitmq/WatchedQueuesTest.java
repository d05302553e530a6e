package io.gpuscaling.exporter.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.exporter.rabbitmq.stats.ManagementView;
import io.gpuscaling.exporter.rabbitmq.stats.ManagementView.VhostTotals;
import io.gpuscaling.exporter.rabbitmq.stats.QueueKind;
import io.gpuscaling.exporter.rabbitmq.stats.QueueTotals;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class WatchedQueuesTest {

  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final QueueId NAMED = new QueueId("/", "named");
  private static final QueuePattern VIDEO = new QueuePattern("media", "video.*");
  private static final QueueTotals PLAIN = totals(QueueKind.CLASSIC, false);

  private final WatchedQueues queues =
      new WatchedQueues(
          new QueueSelection(List.of(NAMED), List.of(VIDEO), 3),
          new QueueModel.Rules(SECOND, SECOND, SECOND, true, true),
          0);

  private static QueueTotals totals(QueueKind kind, boolean isExclusive) {
    OptionalLong one = OptionalLong.of(1);
    return new QueueTotals(kind, true, true, isExclusive, one, one, one);
  }

  private static ManagementView said(VhostTotals totals) {
    return new ManagementView(Map.of("media", totals), Map.of(), null, null);
  }

  private void discover(Map<String, QueueTotals> listed) {
    queues.discover(said(new VhostTotals.Known(0, listed)), 0);
  }

  private static QueueId media(String queue) {
    return new QueueId("media", queue);
  }

  @Test
  void beforeTheList_onlyTheNamedAreKnown() {
    queues.discover(ManagementView.EMPTY, 0);
    queues.discover(said(new VhostTotals.Unknown(UnknownReason.REFUSED)), 0);

    assertThat(queues.isDiscovered()).isFalse();
    assertThat(queues.vhosts()).containsExactly("/", "media");
    assertThat(queues.of("/")).containsOnlyKeys(NAMED);
    assertThat(queues.of("media")).isEmpty();
    assertThat(queues.incomplete()).isEmpty();
  }

  @Test
  void listed_matchingQueuesAreTakenUp_streamsAndExclusiveOnesAreNot() {
    discover(
        Map.of(
            "video.a",
            PLAIN,
            "audio.a",
            PLAIN,
            "video.stream",
            totals(QueueKind.STREAM, false),
            "video.mine",
            totals(QueueKind.QUORUM, true)));

    assertThat(queues.isDiscovered()).isTrue();
    assertThat(queues.of("media")).containsOnlyKeys(media("video.a"));
    assertThat(queues.size()).isEqualTo(2);
    assertThat(queues.incomplete()).isEmpty();
  }

  @Test
  void deleted_isForgottenWhenBothSourcesSaySo() {
    discover(Map.of("video.a", PLAIN, "video.b", PLAIN));
    // One that is listed no more, and one that alone the passive declare does not find.
    discover(Map.of("video.b", PLAIN));
    assertThat(queues.of("media")).hasSize(2);
    for (QueueModel model : queues.all()) {
      model.observe(new QueueAnswer.None(QueueProblem.MISSING), QueueEvidence.NONE, 0);
    }
    discover(Map.of("video.b", PLAIN));

    assertThat(queues.of("media")).containsOnlyKeys(media("video.b"));
    // A queue by name stays, and is unknown.
    assertThat(queues.of("/")).containsOnlyKeys(NAMED);
  }

  @Test
  void moreThanFit_theSameOnesAreLeftOutAndThePatternIsIncomplete() {
    Map<String, QueueTotals> listed = new HashMap<>();
    for (String name : List.of("video.d", "video.b", "video.c", "video.a")) {
      listed.put(name, PLAIN);
    }
    discover(listed);
    assertThat(queues.of("media")).containsOnlyKeys(media("video.a"), media("video.b"));
    assertThat(queues.leftOut()).isEqualTo(2);
    assertThat(queues.incomplete()).isEqualTo(Map.of(VIDEO, UnknownReason.NOT_REPORTED));

    listed.remove("video.c");
    listed.remove("video.d");
    discover(listed);
    assertThat(queues.leftOut()).isZero();
    assertThat(queues.incomplete()).isEmpty();
  }

  @Test
  void listUnknownLater_knownQueuesStayAndThePatternIsIncomplete() {
    discover(Map.of("video.a", PLAIN));
    queues.discover(said(new VhostTotals.Unknown(UnknownReason.UNREACHABLE)), 0);

    assertThat(queues.isDiscovered()).isTrue();
    assertThat(queues.of("media")).hasSize(1);
    assertThat(queues.incomplete()).isEqualTo(Map.of(VIDEO, UnknownReason.UNREACHABLE));
  }
}
