package io.gpuscaling.adapter.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gpuscaling.adapter.ingest.IngestSession.Answer;
import io.gpuscaling.adapter.ingest.ProtocolViolation.Kind;
import io.gpuscaling.adapter.store.Contributor;
import io.gpuscaling.adapter.store.ContributorSnapshot;
import io.gpuscaling.adapter.store.SampleStore;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.proto.v1.ExporterMessage;
import io.gpuscaling.proto.v1.Series;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class IngestSessionTest {

  private static final Contributor NODE = new Contributor.Node("gpu-1");

  private final AtomicLong now = new AtomicLong(1_000_000_000L);
  private final SampleStore store = new SampleStore(now::get, Duration.ofHours(1));
  private final IngestSession session = new IngestSession(NODE, store, now::get);

  @Test
  void receive_helloSnapshotDeltaHeartbeat_areTakenIn() throws ProtocolViolation {
    assertThat(session.receive(Messages.hello("gpu-1"))).isEqualTo(new Answer.Welcome(5));
    assertThat(held()).as("hello alone says nothing").isNull();

    assertThat(session.receive(Messages.snapshot(1, Messages.gpu(1, "0", 5))))
        .isEqualTo(new Answer.Acknowledge(1));
    assertThat(
            session.receive(Messages.delta(2, 1).update(1, 6).add(Messages.gpu(2, "1", 7)).get()))
        .isEqualTo(new Answer.Acknowledge(2));
    assertThat(values()).containsExactlyInAnyOrder(6.0, 7.0);
    assertThat(session.receive(Messages.delta(5, 2).remove(1).get()))
        .isEqualTo(new Answer.Acknowledge(5));
    assertThat(values()).containsExactly(7.0);

    now.addAndGet(1_000);
    assertThat(session.receive(Messages.heartbeat(5))).isEqualTo(new Answer.Silence());
    ContributorSnapshot held = held();
    assertThat(held).isNotNull();
    if (held != null) {
      assertThat(held.source("dcgm").observedAtNanos()).isEqualTo(now.get());
    }
  }

  @Test
  void receive_emptyMessage_changesNothing() throws ProtocolViolation {
    assertThat(session.receive(ExporterMessage.getDefaultInstance()))
        .isEqualTo(new Answer.Silence());
  }

  @Test
  void receive_anythingBeforeHello_isInvalid() {
    refuses(Kind.INVALID, "the first message is not hello", Messages.snapshot(1));
    refuses(Kind.INVALID, "the first message is not hello", Messages.delta(2, 1).get());
    refuses(Kind.INVALID, "the first message is not hello", Messages.heartbeat(1));
  }

  @Test
  void receive_helloTwice_isInvalid() throws ProtocolViolation {
    session.receive(Messages.hello("gpu-1"));

    refuses(Kind.INVALID, "hello comes twice", Messages.hello("gpu-1"));
  }

  @Test
  void receive_helloOfAnotherNode_doesNotTakeOver() throws ProtocolViolation {
    session.receive(Messages.hello("gpu-1"));
    session.receive(Messages.snapshot(1, Messages.gpu(1, "0", 5)));
    var bad = new IngestSession(NODE, store, now::get);

    assertThat(
            catchThrowableOfType(
                ProtocolViolation.class, () -> bad.receive(Messages.hello("gpu-2"))))
        .isNotNull();
    assertThat(session.receive(Messages.heartbeat(1))).isEqualTo(new Answer.Silence());
  }

  @Test
  void receive_laterStream_takesOver() throws ProtocolViolation {
    session.receive(Messages.hello("gpu-1"));
    session.receive(Messages.snapshot(1));
    new IngestSession(NODE, store, now::get).receive(Messages.hello("gpu-1"));

    assertThat(session.receive(Messages.heartbeat(1))).isEqualTo(new Answer.Superseded());
    assertThat(session.receive(Messages.delta(2, 1).get())).isEqualTo(new Answer.Superseded());
    assertThat(session.receive(Messages.snapshot(3))).isEqualTo(new Answer.Superseded());
  }

  // ---- snapshots

  @Test
  void receive_parts_takeEffectTogether() throws ProtocolViolation {
    session.receive(Messages.hello("gpu-1"));

    assertThat(session.receive(Messages.part(1, 0, false, Messages.gpu(1, "0", 5))))
        .isEqualTo(new Answer.Silence());
    assertThat(held()).isNull();
    assertThat(session.receive(Messages.part(1, 1, true, Messages.gpu(2, "1", 6))))
        .isEqualTo(new Answer.Acknowledge(1));
    assertThat(values()).containsExactlyInAnyOrder(5.0, 6.0);
  }

  @Test
  void receive_snapshotBegunAnew_dropsTheHalfOne() throws ProtocolViolation {
    session.receive(Messages.hello("gpu-1"));
    session.receive(Messages.part(1, 0, false, Messages.gpu(1, "0", 5)));

    assertThat(session.receive(Messages.snapshot(2, Messages.gpu(1, "0", 8))))
        .isEqualTo(new Answer.Acknowledge(2));
    assertThat(values()).containsExactly(8.0);
  }

  @Test
  void receive_partsOutOfOrder_areInvalid() throws ProtocolViolation {
    session.receive(Messages.hello("gpu-1"));
    refuses(Kind.INVALID, "out of order", Messages.part(1, 1, true));

    session.receive(Messages.part(1, 0, false));
    refuses(Kind.INVALID, "out of order", Messages.part(1, 2, true));
    refuses(Kind.INVALID, "out of order", Messages.part(2, 1, true));
  }

  @Test
  void receive_snapshotThatDoesNotGrow_isInvalid() throws ProtocolViolation {
    session.receive(Messages.hello("gpu-1"));
    refuses(Kind.INVALID, "out of order", Messages.snapshot(0));
    session.receive(Messages.snapshot(4));

    refuses(Kind.INVALID, "out of order", Messages.snapshot(4));
    refuses(Kind.INVALID, "out of order", Messages.snapshot(3));
    refuses(Kind.INVALID, "out of order", Messages.snapshot(-1));
  }

  @Test
  void receive_tooManySeries_isTooMuchAndKeepsWhatWas() throws ProtocolViolation {
    session.receive(Messages.hello("gpu-1"));
    session.receive(Messages.snapshot(1, Messages.gpu(1, "0", 5)));
    Series[] most =
        IntStream.rangeClosed(1, IngestLimits.MAX_SERIES)
            .mapToObj(id -> Messages.gpu(id, "g" + id, 1))
            .toArray(Series[]::new);

    session.receive(Messages.part(2, 0, false, most));
    refuses(Kind.TOO_MUCH, "more than 20000 series", Messages.part(2, 1, true, most[0]));
    assertThat(values()).containsExactly(5.0);
  }

  @Test
  void receive_deltaBeyondTheMostSeries_isTooMuch() throws ProtocolViolation {
    session.receive(Messages.hello("gpu-1"));
    Series[] most =
        IntStream.rangeClosed(1, IngestLimits.MAX_SERIES)
            .mapToObj(id -> Messages.gpu(id, "g" + id, 1))
            .toArray(Series[]::new);
    session.receive(Messages.snapshot(1, most));

    // As many as before: one goes, one comes.
    assertThat(
            session.receive(
                Messages.delta(2, 1).remove(1).add(Messages.gpu(20_001, "new", 1)).get()))
        .isEqualTo(new Answer.Acknowledge(2));
    refuses(
        Kind.TOO_MUCH,
        "more than 20000 series",
        Messages.delta(3, 2).add(Messages.gpu(20_002, "newer", 1)).get());
  }

  @Test
  void receive_duplicates_areInvalid() throws ProtocolViolation {
    session.receive(Messages.hello("gpu-1"));
    refuses(
        Kind.INVALID,
        "two series have the id 1",
        Messages.snapshot(1, Messages.gpu(1, "0", 1), Messages.gpu(1, "1", 1)));
    refuses(
        Kind.INVALID,
        "a series of gpu_power_watts comes twice",
        Messages.snapshot(1, Messages.gpu(1, "0", 1), Messages.gpu(2, "0", 1)));
    session.receive(Messages.snapshot(2, Messages.gpu(1, "0", 1)));
    refuses(
        Kind.INVALID,
        "two series have the id 1",
        Messages.delta(3, 2).add(Messages.gpu(1, "9", 1)).get());
  }

  @Test
  void receive_identityAgainInDelta_isInvalidUnlessItWasRemoved() throws ProtocolViolation {
    session.receive(Messages.hello("gpu-1"));
    session.receive(Messages.snapshot(1, Messages.gpu(1, "0", 1)));

    assertThat(session.receive(Messages.delta(2, 1).remove(1).add(Messages.gpu(1, "0", 4)).get()))
        .isEqualTo(new Answer.Acknowledge(2));
    assertThat(values()).containsExactly(4.0);
    refuses(Kind.INVALID, "comes twice", Messages.delta(3, 2).add(Messages.gpu(2, "0", 1)).get());
  }

  @Test
  void receive_badSeries_keepsWhatWas() throws ProtocolViolation {
    session.receive(Messages.hello("gpu-1"));
    session.receive(Messages.snapshot(1, Messages.gpu(1, "0", 5)));

    refuses(
        Kind.INVALID,
        "not finite",
        Messages.snapshot(2, Messages.gpu(1, "0", 9), Messages.gpu(2, "1", Double.NaN)));
    assertThat(values()).containsExactly(5.0);
  }

  @Test
  void receive_sourceThatIsNotNamed_isInvalid() throws ProtocolViolation {
    session.receive(Messages.hello("gpu-1"));

    refuses(
        Kind.INVALID,
        "gpu_power_watts is of a source that the message does not name",
        Messages.snapshot(1, Messages.gpu(1, "0", 1).toBuilder().setSource("elsewhere").build()));
  }

  // ---- deltas

  @Test
  void receive_deltaOrHeartbeatBeforeSnapshot_asksForOne() throws ProtocolViolation {
    session.receive(Messages.hello("gpu-1"));

    assertThat(session.receive(Messages.heartbeat(0)))
        .isEqualTo(new Answer.NeedSnapshot("generation 0 is held, the heartbeat is for 0"));
    var other = new IngestSession(NODE, store, now::get);
    other.receive(Messages.hello("gpu-1"));
    assertThat(other.receive(Messages.delta(1, 0).get())).isInstanceOf(Answer.NeedSnapshot.class);
  }

  @Test
  void receive_gap_asksOnceForSnapshotAndIgnoresTheRest() throws ProtocolViolation {
    session.receive(Messages.hello("gpu-1"));
    session.receive(Messages.snapshot(1, Messages.gpu(1, "0", 5)));

    assertThat(session.receive(Messages.delta(4, 3).update(1, 9).get()))
        .isEqualTo(new Answer.NeedSnapshot("generation 1 is held, the delta is for 3"));
    assertThat(session.receive(Messages.delta(5, 4).update(1, 10).get()))
        .isEqualTo(new Answer.Silence());
    assertThat(values()).containsExactly(5.0);
    assertThat(session.receive(Messages.heartbeat(5)))
        .as("a heartbeat reminds of it")
        .isInstanceOf(Answer.NeedSnapshot.class);

    assertThat(session.receive(Messages.snapshot(6, Messages.gpu(1, "0", 11))))
        .isEqualTo(new Answer.Acknowledge(6));
    assertThat(session.receive(Messages.delta(9, 8).get()))
        .as("the next gap is a new one")
        .isInstanceOf(Answer.NeedSnapshot.class);
  }

  @Test
  void receive_deltaThatDoesNotGrow_asksForSnapshot() throws ProtocolViolation {
    session.receive(Messages.hello("gpu-1"));
    session.receive(Messages.snapshot(3));

    assertThat(session.receive(Messages.delta(3, 3).get())).isInstanceOf(Answer.NeedSnapshot.class);
  }

  @Test
  void receive_updateOfNoSeries_isInvalid() throws ProtocolViolation {
    session.receive(Messages.hello("gpu-1"));
    session.receive(Messages.snapshot(1, Messages.gpu(1, "0", 5)));

    refuses(Kind.INVALID, "no series has the id 9", Messages.delta(2, 1).update(9, 1).get());
    refuses(
        Kind.INVALID, "no series has the id 1", Messages.delta(2, 1).remove(1).update(1, 1).get());
  }

  @Test
  void receive_removalOfNoSeries_isNoError() throws ProtocolViolation {
    session.receive(Messages.hello("gpu-1"));
    session.receive(Messages.snapshot(1, Messages.gpu(1, "0", 5)));

    assertThat(session.receive(Messages.delta(2, 1).remove(9).get()))
        .isEqualTo(new Answer.Acknowledge(2));
  }

  private @Nullable ContributorSnapshot held() {
    return store.snapshot().contributor(NODE);
  }

  private List<Double> values() {
    ContributorSnapshot held = held();
    return held == null
        ? List.of()
        : held.samplesOf("gpu_power_watts").stream()
            .map(it -> it.value() instanceof SampleValue.Known(double value, _) ? value : -1.0)
            .toList();
  }

  private void refuses(Kind kind, String text, ExporterMessage message) {
    ProtocolViolation violation =
        catchThrowableOfType(ProtocolViolation.class, () -> session.receive(message));
    assertThat(violation).as("refused").isNotNull();
    assertThat(violation.kind()).isEqualTo(kind);
    assertThat(violation).hasMessageContaining(text);
  }
}
