package io.gpuscaling.adapter.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gpuscaling.adapter.ingest.ProtocolViolation.Kind;
import io.gpuscaling.adapter.store.Contributor;
import io.gpuscaling.adapter.store.SourceView;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SourceFinding;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.proto.v1.Exactness;
import io.gpuscaling.proto.v1.Hello;
import io.gpuscaling.proto.v1.Label;
import io.gpuscaling.proto.v1.Sample;
import io.gpuscaling.proto.v1.Series;
import io.gpuscaling.proto.v1.SourceFindings;
import io.gpuscaling.proto.v1.SourceState;
import io.gpuscaling.proto.v1.SourceStatus;
import io.gpuscaling.proto.v1.Update;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("AvoidValueSetter") // values that only a newer exporter sends
class MessageDecoderTest {

  private static final long NOW = 1_000_000_000_000_000_000L;
  private static final Hello HELLO =
      Hello.newBuilder().setProtocolVersion(1).setNode("gpu-1").setBootId("boot").build();

  private final MessageDecoder node = new MessageDecoder(new Contributor.Node("gpu-1"));
  private final MessageDecoder queues = new MessageDecoder(new Contributor.QueueReader("reader"));

  // ---- hello

  @Test
  void checkHello_good_passes() {
    assertThatCode(() -> node.checkHello(HELLO)).doesNotThrowAnyException();
    assertThatCode(() -> queues.checkHello(HELLO.toBuilder().clearNode().build()))
        .doesNotThrowAnyException();
    Hello longest =
        HELLO.toBuilder().setBootId("b".repeat(64)).setExporterVersion("v".repeat(64)).build();
    assertThatCode(() -> node.checkHello(longest)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2, -1})
  void checkHello_otherVersion_isUnsupported(int version) {
    refuses(
        Kind.UNSUPPORTED,
        "this adapter speaks 1",
        () -> node.checkHello(HELLO.toBuilder().setProtocolVersion(version).build()));
  }

  @Test
  void checkHello_anotherNode_isOutOfScopeAndNeverNamesIt() {
    refuses(
        Kind.OUT_OF_SCOPE,
        "the credential is that of node gpu-1, the report is for another",
        () -> node.checkHello(HELLO.toBuilder().setNode("gpu-2").build()));
    refuses(
        Kind.OUT_OF_SCOPE, "gpu-1", () -> node.checkHello(HELLO.toBuilder().clearNode().build()));
    refuses(Kind.OUT_OF_SCOPE, "reports no node", () -> queues.checkHello(HELLO));
  }

  @Test
  void checkHello_textsOutOfBounds_areInvalid() {
    refuses(
        Kind.INVALID,
        "boot_id is empty",
        () -> node.checkHello(HELLO.toBuilder().clearBootId().build()));
    refuses(
        Kind.INVALID,
        "boot_id is longer than 64",
        () -> node.checkHello(HELLO.toBuilder().setBootId("b".repeat(65)).build()));
    refuses(
        Kind.INVALID,
        "exporter_version is longer than 64",
        () -> node.checkHello(HELLO.toBuilder().setExporterVersion("v".repeat(65)).build()));
  }

  // ---- series

  @Test
  void series_ofNode_getsTheNodesLabel() throws ProtocolViolation {
    var decoded =
        node.series(
            List.of(series().addLabels(label("gpu", "0")).addLabels(label("uuid", "")).build()),
            NOW);

    assertThat(decoded).hasSize(1);
    assertThat(decoded.getFirst().id()).isEqualTo(7);
    assertThat(decoded.getFirst().metric()).isEqualTo("gpu_count");
    assertThat(decoded.getFirst().sample().labels())
        .isEqualTo(Labels.of("gpu", "0", "node", "gpu-1", "uuid", ""));
    assertThat(decoded.getFirst().sample().source()).isEqualTo("dcgm");
    assertThat(decoded.getFirst().sample().observedAtNanos()).isEqualTo(NOW - 1_500_000_000L);
  }

  @Test
  void series_ofQueueReader_getsNoNode() throws ProtocolViolation {
    var decoded =
        queues.series(
            List.of(
                series()
                    .setMetric("rabbitmq_queue_consumers")
                    .setSource("rabbitmq/default")
                    .addLabels(label("queue", "jobs"))
                    .build()),
            NOW);

    assertThat(decoded.getFirst().sample().labels()).isEqualTo(Labels.of("queue", "jobs"));
  }

  @Test
  void series_outsideTheScope_isRefused() {
    refusesSeries(
        node, Kind.OUT_OF_SCOPE, "for queue readers", series().setMetric("rabbitmq_anything"));
    refusesSeries(queues, Kind.OUT_OF_SCOPE, "is for nodes", series());
    refusesSeries(
        node, Kind.OUT_OF_SCOPE, "names a node", series().addLabels(label("node", "gpu-2")));
    refusesSeries(
        queues,
        Kind.OUT_OF_SCOPE,
        "names a node",
        series().setMetric("rabbitmq_x").addLabels(label("node", "gpu-1")));
  }

  @Test
  void series_boundsOfTheContract_areKept() throws ProtocolViolation {
    var longest =
        series()
            .setId(-1)
            .setMetric("m".repeat(128))
            .setSource("s".repeat(64))
            .addLabels(label("l".repeat(64), "v".repeat(256)));
    for (int i = 1; i < 16; i++) {
      longest.addLabels(label("l" + i, ""));
    }
    assertThat(node.series(List.of(longest.build()), NOW)).hasSize(1);

    refusesSeries(node, Kind.INVALID, "has the id 0", series().setId(0));
    refusesSeries(node, Kind.INVALID, "longer than 128", series().setMetric("m".repeat(129)));
    refusesSeries(node, Kind.INVALID, "longer than 64", series().setSource("s".repeat(65)));
    refusesSeries(
        node, Kind.INVALID, "longer than 64", series().addLabels(label("l".repeat(65), "")));
    refusesSeries(
        node, Kind.INVALID, "longer than 256", series().addLabels(label("l", "v".repeat(257))));
    refusesSeries(
        node,
        Kind.INVALID,
        "gpu_count has the label l twice",
        series().addLabels(label("l", "1")).addLabels(label("l", "2")));
    refusesSeries(
        node,
        Kind.INVALID,
        "more than 16 labels",
        longest.clone().addLabels(label("l16", "")).setMetric("gpu_count"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1a", "a-b", "a b", "a\n", "ä"})
  void series_badNames_areInvalid(String name) {
    refusesSeries(node, Kind.INVALID, "bad metric name", series().setMetric(name));
    refusesSeries(node, Kind.INVALID, "bad name", series().addLabels(label(name, "")));
  }

  @Test
  void series_colon_isForMetricsOnly() throws ProtocolViolation {
    assertThat(node.series(List.of(series().setMetric("a:b").build()), NOW)).hasSize(1);
    refusesSeries(node, Kind.INVALID, "bad name", series().addLabels(label("a:b", "")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1a", "A", "a b", "_a", "a\n"})
  void series_badSource_isInvalid(String source) {
    refusesSeries(node, Kind.INVALID, "bad source name", series().setSource(source));
  }

  // ---- values

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void value_notFinite_isInvalid(double value) {
    refusesSeries(
        node, Kind.INVALID, "not finite", series().setSample(Sample.newBuilder().setValue(value)));
    refuses(
        Kind.INVALID,
        "not finite",
        () ->
            node.updates(
                List.of(Update.newBuilder().setSample(Sample.newBuilder().setValue(value)).build()),
                NOW));
  }

  @ParameterizedTest
  @CsvSource({
    "EXACTNESS_EXACT,EXACT",
    "EXACTNESS_ESTIMATE,ESTIMATE",
    "EXACTNESS_LOWER_BOUND,LOWER_BOUND",
    "EXACTNESS_UPPER_BOUND,UPPER_BOUND",
    "EXACTNESS_UNSPECIFIED,ESTIMATE",
  })
  void value_exactness_isKept(Exactness sent, io.gpuscaling.core.metric.Exactness kept)
      throws ProtocolViolation {
    assertThat(update(Sample.newBuilder().setValue(1).setExactness(sent)))
        .isEqualTo(new SampleValue.Known(1, kept));
  }

  @Test
  void value_exactnessOfNewerExporter_isNotExact() throws ProtocolViolation {
    assertThat(update(Sample.newBuilder().setValue(1).setExactnessValue(99)))
        .isEqualTo(new SampleValue.Known(1, io.gpuscaling.core.metric.Exactness.ESTIMATE));
  }

  @ParameterizedTest
  @EnumSource(
      value = io.gpuscaling.proto.v1.UnknownReason.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"UNRECOGNIZED", "UNKNOWN_REASON_UNSPECIFIED"})
  void value_unknown_keepsItsReason(io.gpuscaling.proto.v1.UnknownReason sent)
      throws ProtocolViolation {
    String name = sent.name().substring("UNKNOWN_REASON_".length());

    assertThat(update(Sample.newBuilder().setUnknown(sent)))
        .isEqualTo(SampleValue.unknown(UnknownReason.valueOf(name)));
  }

  @Test
  void value_nothingOrUnheardOfReason_isUnknownAndNeverZero() throws ProtocolViolation {
    var notReported = SampleValue.unknown(UnknownReason.NOT_REPORTED);

    assertThat(update(Sample.newBuilder())).isEqualTo(notReported);
    assertThat(update(Sample.newBuilder().setUnknownValue(99))).isEqualTo(notReported);
    assertThat(
            update(
                Sample.newBuilder()
                    .setUnknown(io.gpuscaling.proto.v1.UnknownReason.UNKNOWN_REASON_UNSPECIFIED)))
        .isEqualTo(notReported);
  }

  @ParameterizedTest
  @CsvSource({
    "0,0",
    "1,1",
    "604800000,604800000",
    "604800001,604800000",
    "-1,604800000",
    "9223372036854775807,604800000",
    "-9223372036854775808,604800000",
  })
  void age_isTurnedIntoAnInstantAndBounded(long sentMillis, long keptMillis)
      throws ProtocolViolation {
    var decoded =
        node.updates(
            List.of(
                Update.newBuilder()
                    .setId(3)
                    .setSample(Sample.newBuilder().setValue(1).setAgeMillis(sentMillis))
                    .build()),
            NOW);

    assertThat(decoded.getFirst().id()).isEqualTo(3);
    assertThat(decoded.getFirst().observedAtNanos()).isEqualTo(NOW - keptMillis * 1_000_000);
  }

  // ---- sources

  @Test
  void sources_everyState_isKept() throws ProtocolViolation {
    var sources =
        node.sources(
            List.of(
                source("ok", SourceState.SOURCE_STATE_OK).setObserved(true).setAgeMillis(5).build(),
                source("starting", SourceState.SOURCE_STATE_STARTING).setAgeMillis(5).build(),
                source("failing", SourceState.SOURCE_STATE_FAILING)
                    .setObserved(true)
                    .setAgeMillis(9)
                    .setReason(io.gpuscaling.proto.v1.UnknownReason.UNKNOWN_REASON_UNREACHABLE)
                    .build(),
                source("never", SourceState.SOURCE_STATE_FAILING).build(),
                source("newer", SourceState.SOURCE_STATE_UNSPECIFIED).setStateValue(99).build()),
            NOW);

    assertThat(sources)
        .containsEntry("ok", new SourceView(true, NOW - 5_000_000, null))
        .containsEntry("starting", SourceView.STARTING)
        .containsEntry("failing", new SourceView(true, NOW - 9_000_000, UnknownReason.UNREACHABLE))
        .containsEntry("never", new SourceView(false, 0, UnknownReason.NOT_REPORTED))
        .containsEntry("newer", SourceView.STARTING);
  }

  @Test
  void sources_tooManyTwiceOrBad_areInvalid() throws ProtocolViolation {
    List<SourceStatus> many = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      many.add(source("s" + i, SourceState.SOURCE_STATE_OK).build());
    }
    assertThat(node.sources(many, NOW)).hasSize(64);

    many.add(source("one.more", SourceState.SOURCE_STATE_OK).build());
    refuses(Kind.INVALID, "more than 64 sources", () -> node.sources(many, NOW));
    refuses(
        Kind.INVALID,
        "source a comes twice",
        () ->
            node.sources(
                List.of(
                    source("a", SourceState.SOURCE_STATE_OK).build(),
                    source("a", SourceState.SOURCE_STATE_OK).build()),
                NOW));
    refuses(
        Kind.INVALID,
        "bad source name",
        () -> node.sources(List.of(SourceStatus.getDefaultInstance()), NOW));
  }

  @Test
  void findings_areKeptAsTheyAre_alsoUnknownOnes_andTheirAbsenceToo() throws ProtocolViolation {
    var sources =
        node.sources(
            List.of(
                found("a", finding("of_tomorrow", "x")).build(),
                found("b").build(),
                source("older", SourceState.SOURCE_STATE_OK).build()),
            NOW);

    assertThat(sources.get("a"))
        .isEqualTo(new SourceView(false, 0, null, List.of(new SourceFinding("of_tomorrow", "x"))));
    assertThat(sources.get("b")).isEqualTo(new SourceView(false, 0, null, List.of()));
    assertThat(sources.get("older")).isEqualTo(new SourceView(false, 0, null));
  }

  @Test
  void findings_tooManyLongOrBad_areInvalid() {
    var many =
        Collections.nCopies(17, finding("a", ""))
            .toArray(io.gpuscaling.proto.v1.SourceFinding[]::new);
    refuses(
        Kind.INVALID,
        "more than 16 findings",
        () -> node.sources(List.of(found("a", many).build()), NOW));
    refuses(
        Kind.INVALID,
        "bad code",
        () -> node.sources(List.of(found("a", finding("No", "")).build()), NOW));
    refuses(
        Kind.INVALID,
        "longer than 200",
        () -> node.sources(List.of(found("a", finding("a", "x".repeat(201))).build()), NOW));
  }

  private static io.gpuscaling.proto.v1.SourceFinding finding(String code, String subject) {
    return io.gpuscaling.proto.v1.SourceFinding.newBuilder()
        .setCode(code)
        .setSubject(subject)
        .build();
  }

  private static SourceStatus.Builder found(
      String name, io.gpuscaling.proto.v1.SourceFinding... findings) {
    return source(name, SourceState.SOURCE_STATE_OK)
        .setFindings(SourceFindings.newBuilder().addAllItems(List.of(findings)));
  }

  private SampleValue update(Sample.Builder sample) throws ProtocolViolation {
    return node.updates(List.of(Update.newBuilder().setId(1).setSample(sample).build()), NOW)
        .getFirst()
        .value();
  }

  private static Series.Builder series() {
    return Series.newBuilder()
        .setId(7)
        .setMetric("gpu_count")
        .setSource("dcgm")
        .setSample(Sample.newBuilder().setValue(1).setAgeMillis(1500));
  }

  private static Label label(String name, String value) {
    return Label.newBuilder().setName(name).setValue(value).build();
  }

  private static SourceStatus.Builder source(String name, SourceState state) {
    return SourceStatus.newBuilder().setName(name).setState(state);
  }

  private static void refusesSeries(
      MessageDecoder decoder, Kind kind, String text, Series.Builder series) {
    refuses(kind, text, () -> decoder.series(List.of(series.build()), NOW));
  }

  private static void refuses(Kind kind, String text, ThrowingCallable call) {
    ProtocolViolation violation = catchThrowableOfType(ProtocolViolation.class, call);
    assertThat(violation).as("refused").isNotNull();
    assertThat(violation.kind()).isEqualTo(kind);
    assertThat(violation).hasMessageContaining(text);
  }
}
