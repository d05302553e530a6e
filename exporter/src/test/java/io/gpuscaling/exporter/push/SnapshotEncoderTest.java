package io.gpuscaling.exporter.push;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SeriesKey;
import io.gpuscaling.core.metric.SourceFinding;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.exporter.latest.LatestSamples.Snapshot;
import io.gpuscaling.exporter.push.AdapterModel.Held;
import io.gpuscaling.proto.v1.Exactness;
import io.gpuscaling.proto.v1.ExporterMessage;
import io.gpuscaling.proto.v1.SourceStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SnapshotEncoderTest {

  private final SnapshotEncoder encoder = new SnapshotEncoder();
  private final AdapterModel adapter = new AdapterModel();

  @Test
  void full_nothingPublished_isOneEmptyLastPart() {
    List<ExporterMessage> messages = encoder.full(Snapshot.EMPTY, 0);

    assertThat(messages).hasSize(1);
    assertThat(messages.getFirst().getSnapshot().getLast()).isTrue();
    assertThat(messages.getFirst().getSnapshot().getGeneration()).isEqualTo(1);
  }

  @Test
  void full_manySeries_isSplitFarBelowTheBoundOfAMessage() {
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      // As large as the contract allows: each character of a value takes three bytes.
      Labels labels = Labels.of("l".repeat(60) + "_id", "%0256d".formatted(i));
      for (int label = 1; label < PushLimits.MAX_LABELS; label++) {
        labels =
            labels.with(
                "l".repeat(60) + "_%03d".formatted(label).substring(1),
                "€".repeat(PushLimits.MAX_LABEL_VALUE_LENGTH));
      }
      samples.add(new Sample(new SeriesKey("m".repeat(128), labels), SampleValue.exact(i), 0));
    }
    List<ExporterMessage> messages =
        encoder.full(snapshot(source("dcgm", new SourceState.Ok(0), samples)), 0);

    assertThat(messages).hasSizeGreaterThan(5);
    assertThat(messages)
        .allSatisfy(
            it -> assertThat(it.getSerializedSize()).isLessThan(PushLimits.MAX_MESSAGE_BYTES / 2));
    assertThat(messages.subList(0, messages.size() - 1))
        .allSatisfy(it -> assertThat(it.getSnapshot().getSourcesList()).isEmpty());
    messages.forEach(adapter::receive);
    assertThat(adapter.series()).hasSize(300);
    assertThat(adapter.sources()).containsOnlyKeys("dcgm");
  }

  @Test
  void changes_nothingNew_isAHeartbeatOfTheSameGeneration() {
    Snapshot snapshot = snapshot(ok("dcgm", 0, sample("a", 1, 0)));
    tell(encoder.full(snapshot, 0));

    // The same value observed again: only the source's age tells of it.
    List<ExporterMessage> messages =
        encoder.changes(snapshot(ok("dcgm", 5_000_000, sample("a", 1, 5_000_000))), 6_000_001);

    assertThat(messages).hasSize(1);
    assertThat(messages.getFirst().getHeartbeat().getGeneration()).isEqualTo(1);
    assertThat(messages.getFirst().getHeartbeat().getSources(0).getAgeMillis()).isEqualTo(2);
  }

  @Test
  void changes_valueAddedUpdatedRemoved_isADeltaOfJustThat() {
    tell(
        encoder.full(
            snapshot(ok("dcgm", 0, sample("a", 1, 0), sample("b", 1, 0), sample("c", 1, 0))), 0));

    List<ExporterMessage> messages =
        encoder.changes(
            snapshot(ok("dcgm", 0, sample("a", 1, 0), sample("b", 2, 0), sample("d", 1, 0))), 0);

    assertThat(messages).hasSize(1);
    assertThat(messages.getFirst().getDelta().getAddedCount()).isEqualTo(1);
    assertThat(messages.getFirst().getDelta().getUpdatedCount()).isEqualTo(1);
    assertThat(messages.getFirst().getDelta().getRemovedCount()).isEqualTo(1);
    assertThat(messages.getFirst().getDelta().getBaseGeneration()).isEqualTo(1);
    tell(messages);
    assertThat(adapter.series()).containsOnlyKeys("a{}", "b{}", "d{}");
    assertThat(adapter.generation()).isEqualTo(2);
  }

  @Test
  void changes_heartbeatNeverSent_losesNoChange() {
    tell(encoder.full(snapshot(ok("dcgm", 0, sample("a", 1, 0))), 0));
    for (int i = 1; i < 5; i++) {
      var unsent = encoder.changes(snapshot(ok("dcgm", i, sample("a", 1, i))), i);
      assertThat(unsent.getFirst().hasHeartbeat()).isTrue();
    }
    tell(encoder.changes(snapshot(ok("dcgm", 9, sample("a", 2, 9))), 9));

    assertThat(adapter.series().get("a{}")).isEqualTo(held("dcgm", 2));
  }

  @Test
  void changes_seriesMovesToAnotherSource_isToldWithItsNewSource() {
    tell(encoder.full(snapshot(ok("dcgm", 0, sample("a", 1, 0)), ok("other", 0)), 0));
    tell(encoder.changes(snapshot(ok("dcgm", 0), ok("other", 0, sample("a", 1, 0))), 0));

    assertThat(adapter.series().get("a{}")).isEqualTo(held("other", 1));
    // And is known under its new id from then on.
    tell(encoder.changes(snapshot(ok("dcgm", 0), ok("other", 0, sample("a", 3, 0))), 0));
    assertThat(adapter.series().get("a{}")).isEqualTo(held("other", 3));
  }

  @Test
  void changes_moreThanOneMessage_isAWholeSnapshot() {
    tell(encoder.full(Snapshot.EMPTY, 0));
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < PushLimits.MAX_SERIES; i++) {
      samples.add(
          new Sample(
              new SeriesKey("a", Labels.of("i", Integer.toString(i))), SampleValue.exact(1), 0));
    }

    List<ExporterMessage> messages =
        encoder.changes(snapshot(source("dcgm", new SourceState.Ok(0), samples)), 0);

    assertThat(messages).hasSizeGreaterThan(1).allMatch(ExporterMessage::hasSnapshot);
    tell(messages);
    assertThat(adapter.series()).hasSize(PushLimits.MAX_SERIES);
    List<ExporterMessage> allGone = encoder.changes(snapshot(ok("dcgm", 0)), 0);
    assertThat(allGone).hasSize(1);
    assertThat(allGone.getFirst().getSerializedSize()).isLessThan(PushLimits.MAX_MESSAGE_BYTES);
    tell(allGone);
    assertThat(adapter.series()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0,0", "1,1", "999999,1", "1000000,1", "1000001,2", "-5,0"})
  void age_anyNanos_isRoundedUpToMillis(long nanos, long millis) {
    // Around the overflow of the ticker.
    long now = Long.MIN_VALUE + 1_000;
    Snapshot snapshot =
        snapshot(ok("dcgm", now - nanos, new Sample(key("a"), SampleValue.exact(1), now - nanos)));
    tell(encoder.full(snapshot, now));

    assertThat(adapter.series().get("a{}"))
        .extracting(it -> it.sample().getAgeMillis())
        .isEqualTo(millis);
    assertThat(adapter.sources().get("dcgm"))
        .extracting(SourceStatus::getAgeMillis)
        .isEqualTo(millis);
  }

  @ParameterizedTest
  @EnumSource(UnknownReason.class)
  void reason_each_keepsItsName(UnknownReason reason) {
    Sample unknown = new Sample(key("a"), SampleValue.unknown(reason), 0);
    tell(
        encoder.full(
            snapshot(
                source("dcgm", new SourceState.Failing(0, reason), List.of(unknown)),
                source("lease", new SourceState.NeverObserved(reason), List.of()),
                source("new", new SourceState.Starting(), List.of())),
            7_000_000));

    String name = "UNKNOWN_REASON_" + reason.name();
    Held held = adapter.series().getOrDefault("a{}", held("", 0));
    assertThat(held.sample().hasValue()).isFalse();
    assertThat(held.sample().getUnknown().name()).isEqualTo(name);
    assertThat(held.sample().getExactness()).isEqualTo(Exactness.EXACTNESS_UNSPECIFIED);
    assertThat(text("dcgm")).isEqualTo("SOURCE_STATE_FAILING observed 7 " + name);
    assertThat(text("lease")).isEqualTo("SOURCE_STATE_FAILING never 0 " + name);
    assertThat(text("new")).isEqualTo("SOURCE_STATE_STARTING never 0 UNKNOWN_REASON_UNSPECIFIED");
  }

  @ParameterizedTest
  @EnumSource(io.gpuscaling.core.metric.Exactness.class)
  void exactness_each_keepsItsName(io.gpuscaling.core.metric.Exactness exactness) {
    tell(
        encoder.full(
            snapshot(ok("dcgm", 0, new Sample(key("a"), new SampleValue.Known(0, exactness), 0))),
            0));
    Held held = adapter.series().getOrDefault("a{}", held("", 1));
    assertThat(held.sample().hasValue()).describedAs("a zero is a value").isTrue();
    assertThat(held.sample().getExactness().name()).isEqualTo("EXACTNESS_" + exactness.name());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void anyHistory_appliedByAnAdapter_isTheSnapshot(long seed) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    for (int step = 0; step < 200; step++) {
      Snapshot snapshot = anySnapshot(random);
      List<ExporterMessage> messages =
          step == 0 || random.nextInt(20) == 0
              ? encoder.full(snapshot, step)
              : encoder.changes(snapshot, step);
      if (messages.getFirst().hasHeartbeat() && random.nextBoolean()) {
        continue; // a stream may hold one back
      }
      tell(messages);
      assertThat(withoutAges(adapter.series()))
          .describedAs("seed %d, step %d", seed, step)
          .isEqualTo(withoutAges(oracle(snapshot)));
      assertThat(adapter.sources().keySet()).isEqualTo(snapshot.sources().keySet());
    }
  }

  private static Snapshot anySnapshot(RandomGenerator random) {
    Set<String> used = new HashSet<>();
    List<SourceSnapshot> sources = new ArrayList<>();
    for (String name : List.of("dcgm", "lease", "rabbitmq/default")) {
      List<Sample> samples = new ArrayList<>();
      for (int i = random.nextInt(6); i > 0; i--) {
        String metric = "m" + random.nextInt(8);
        if (used.add(metric)) {
          SampleValue value =
              random.nextInt(4) == 0
                  ? SampleValue.unknown(UnknownReason.MISSING)
                  : SampleValue.exact(random.nextInt(2));
          samples.add(new Sample(key(metric), value, 0));
        }
      }
      if (random.nextInt(10) > 0) {
        sources.add(source(name, new SourceState.Ok(0), samples));
      }
    }
    return snapshot(sources.toArray(SourceSnapshot[]::new));
  }

  /** What an adapter that is told everything anew holds. */
  private static Map<String, Held> oracle(Snapshot snapshot) {
    var fresh = new AdapterModel();
    new SnapshotEncoder().full(snapshot, 0).forEach(fresh::receive);
    return fresh.series();
  }

  private static Map<String, Held> withoutAges(Map<String, Held> series) {
    var all = new HashMap<String, Held>();
    series.forEach((name, held) ->
        all.put(name, new Held(held.source(), held.sample().toBuilder().clearAgeMillis().build())));
    return all;
  }

  private String text(String source) {
    SourceStatus status = adapter.sources().getOrDefault(source, SourceStatus.getDefaultInstance());
    return status.getState()
        + (status.getObserved() ? " observed " : " never ")
        + status.getAgeMillis()
        + " "
        + status.getReason();
  }

  private void tell(List<ExporterMessage> messages) {
    messages.forEach(adapter::receive);
  }

  private static Held held(String source, double value) {
    return new Held(
        source,
        io.gpuscaling.proto.v1.Sample.newBuilder()
            .setValue(value)
            .setExactness(Exactness.EXACTNESS_EXACT)
            .build());
  }

  private static SeriesKey key(String metric) {
    return new SeriesKey(metric, Labels.EMPTY);
  }

  private static Sample sample(String metric, double value, long observedAt) {
    return new Sample(key(metric), SampleValue.exact(value), observedAt);
  }

  private static SourceSnapshot ok(String name, long observedAt, Sample... samples) {
    return source(name, new SourceState.Ok(observedAt), List.of(samples));
  }

  private static SourceSnapshot source(String name, SourceState state, List<Sample> samples) {
    return new SourceSnapshot(name, state, samples);
  }

  private static Snapshot snapshot(SourceSnapshot... sources) {
    var all = new TreeMap<String, SourceSnapshot>();
    for (SourceSnapshot source : sources) {
      all.put(source.source(), source);
    }
    return new Snapshot(all);
  }

  @Test
  void findings_areTold_andThatThereAreNoneToo() {
    var failing =
        new SourceSnapshot(
            "dcgm",
            new SourceState.NeverObserved(UnknownReason.INVALID),
            List.of(),
            List.of(new SourceFinding("other_node", "it is gpu-2's")));

    ExporterMessage first = encoder.full(snapshot(failing), 0).getFirst();
    ExporterMessage next = encoder.changes(snapshot(ok("dcgm", 0)), 0).getFirst();

    assertThat(first.getSnapshot().getSources(0).getFindings().getItemsList())
        .singleElement()
        .satisfies(it -> {
          assertThat(it.getCode()).isEqualTo("other_node");
          assertThat(it.getSubject()).isEqualTo("it is gpu-2's");
        });
    assertThat(next.getHeartbeat().getSources(0).hasFindings()).isTrue();
    assertThat(next.getHeartbeat().getSources(0).getFindings().getItemsCount()).isZero();
  }
}
