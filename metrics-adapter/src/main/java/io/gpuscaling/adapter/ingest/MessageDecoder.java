package io.gpuscaling.adapter.ingest;

import io.gpuscaling.adapter.ingest.ProtocolViolation.Kind;
import io.gpuscaling.adapter.store.Contributor;
import io.gpuscaling.adapter.store.ContributorUpdate.NewSample;
import io.gpuscaling.adapter.store.ContributorUpdate.NewSeries;
import io.gpuscaling.adapter.store.SourceView;
import io.gpuscaling.adapter.store.StoredSample;
import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SourceFinding;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.proto.v1.Hello;
import io.gpuscaling.proto.v1.Label;
import io.gpuscaling.proto.v1.Sample;
import io.gpuscaling.proto.v1.Series;
import io.gpuscaling.proto.v1.SourceState;
import io.gpuscaling.proto.v1.SourceStatus;
import io.gpuscaling.proto.v1.Update;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Turns what a contributor sends into what the store takes: checks every bound of {@code
 * ingest.proto} and the contributor's scope, and turns ages into instants of the adapter's clock.
 * Pure.
 */
final class MessageDecoder {

  private static final Pattern METRIC = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*");
  private static final Pattern LABEL = Pattern.compile("[a-zA-Z_][a-zA-Z0-9_]*");
  private static final Pattern SOURCE = Pattern.compile("[a-z][a-z0-9_./-]*");

  /** The label that says where a series belongs; set by us from the credential. */
  private static final String NODE = "node";

  private static final String QUEUE_METRICS = "rabbitmq_";

  private final Contributor contributor;

  MessageDecoder(Contributor contributor) {
    this.contributor = contributor;
  }

  /** Checks the first message. */
  void checkHello(Hello hello) throws ProtocolViolation {
    if (hello.getProtocolVersion() != IngestLimits.PROTOCOL_VERSION) {
      throw new ProtocolViolation(
          Kind.UNSUPPORTED,
          "protocol version "
              + hello.getProtocolVersion()
              + " is not spoken here; this adapter speaks "
              + IngestLimits.PROTOCOL_VERSION);
    }
    require(!hello.getBootId().isEmpty(), "boot_id is empty");
    requireLength("boot_id", hello.getBootId(), IngestLimits.MAX_HELLO_TEXT_LENGTH);
    requireLength(
        "exporter_version", hello.getExporterVersion(), IngestLimits.MAX_HELLO_TEXT_LENGTH);
    String expected =
        switch (contributor) {
          case Contributor.Node(String name) -> name;
          case Contributor.QueueReader _ -> "";
        };
    if (!hello.getNode().equals(expected)) {
      throw new ProtocolViolation(
          Kind.OUT_OF_SCOPE,
          expected.isEmpty()
              ? "the credential is a queue reader's and reports no node"
              : "the credential is that of node " + expected + ", the report is for another");
    }
  }

  /** Checks and turns series into those of the store. */
  List<NewSeries> series(List<Series> series, long nowNanos) throws ProtocolViolation {
    List<NewSeries> decoded = new ArrayList<>(series.size());
    for (Series each : series) {
      require(each.getId() != 0, "a series has the id 0");
      requireMetric(each.getMetric());
      requireSource(each.getSource());
      long observedAt = observedAt(each.getSample(), nowNanos);
      decoded.add(
          new NewSeries(
              each.getId(),
              each.getMetric(),
              new StoredSample(
                  labels(each.getMetric(), each.getLabelsList()),
                  value(each.getSample()),
                  each.getSource(),
                  observedAt)));
    }
    return decoded;
  }

  /** Checks and turns updates into those of the store. */
  List<NewSample> updates(List<Update> updates, long nowNanos) throws ProtocolViolation {
    List<NewSample> decoded = new ArrayList<>(updates.size());
    for (Update each : updates) {
      decoded.add(
          new NewSample(
              each.getId(), value(each.getSample()), observedAt(each.getSample(), nowNanos)));
    }
    return decoded;
  }

  /** Checks and turns source states into those of the store. */
  Map<String, SourceView> sources(List<SourceStatus> sources, long nowNanos)
      throws ProtocolViolation {
    require(
        sources.size() <= IngestLimits.MAX_SOURCES,
        "more than " + IngestLimits.MAX_SOURCES + " sources");
    Map<String, SourceView> decoded = new HashMap<>();
    for (SourceStatus each : sources) {
      requireSource(each.getName());
      boolean observed = each.getObserved();
      SourceView view =
          new SourceView(
              observed,
              observed ? nowNanos - ageNanos(each.getAgeMillis()) : 0,
              failure(each),
              each.hasFindings() ? findings(each.getFindings().getItemsList()) : null);
      require(
          decoded.put(each.getName(), view) == null, "source " + each.getName() + " comes twice");
    }
    return decoded;
  }

  /** A code that is not known here is kept: it is for people. */
  private static List<SourceFinding> findings(List<io.gpuscaling.proto.v1.SourceFinding> findings)
      throws ProtocolViolation {
    require(
        findings.size() <= SourceFinding.MAX_FINDINGS,
        "a source has more than " + SourceFinding.MAX_FINDINGS + " findings");
    List<SourceFinding> decoded = new ArrayList<>(findings.size());
    for (io.gpuscaling.proto.v1.SourceFinding each : findings) {
      require(SourceFinding.isCode(each.getCode()), "a finding has a bad code");
      requireLength("a finding", each.getSubject(), SourceFinding.MAX_SUBJECT_LENGTH);
      decoded.add(new SourceFinding(each.getCode(), each.getSubject()));
    }
    return decoded;
  }

  private Labels labels(String metric, List<Label> labels) throws ProtocolViolation {
    require(
        labels.size() <= IngestLimits.MAX_LABELS,
        metric + " has more than " + IngestLimits.MAX_LABELS + " labels");
    Map<String, String> sorted = new TreeMap<>();
    for (Label label : labels) {
      requireLength("a label name", label.getName(), IngestLimits.MAX_LABEL_NAME_LENGTH);
      require(LABEL.matcher(label.getName()).matches(), metric + " has a label with a bad name");
      requireLength(
          "label " + label.getName(), label.getValue(), IngestLimits.MAX_LABEL_VALUE_LENGTH);
      if (label.getName().equals(NODE)) {
        throw new ProtocolViolation(
            Kind.OUT_OF_SCOPE, metric + " names a node; the node is taken from the credential");
      }
      require(
          sorted.put(label.getName(), label.getValue()) == null,
          metric + " has the label " + label.getName() + " twice");
    }
    if (contributor instanceof Contributor.Node(String name)) {
      sorted.put(NODE, name);
    }
    return Labels.of(sorted);
  }

  private void requireMetric(String metric) throws ProtocolViolation {
    requireLength("a metric name", metric, IngestLimits.MAX_METRIC_LENGTH);
    require(METRIC.matcher(metric).matches(), "a series has a bad metric name");
    boolean queues = metric.startsWith(QUEUE_METRICS);
    if (queues != (contributor instanceof Contributor.QueueReader)) {
      throw new ProtocolViolation(
          Kind.OUT_OF_SCOPE,
          queues
              ? metric + " is for queue readers, not for a node"
              : metric + " is for nodes, not for a queue reader");
    }
  }

  private static void requireSource(String source) throws ProtocolViolation {
    requireLength("a source name", source, IngestLimits.MAX_SOURCE_LENGTH);
    require(SOURCE.matcher(source).matches(), "a bad source name");
  }

  private static SampleValue value(Sample sample) throws ProtocolViolation {
    return switch (sample.getStateCase()) {
      case VALUE -> {
        require(Double.isFinite(sample.getValue()), "a value is not finite");
        yield new SampleValue.Known(sample.getValue(), exactness(sample));
      }
      case UNKNOWN -> SampleValue.unknown(reason(sample.getUnknown()));
      case STATE_NOT_SET -> SampleValue.unknown(UnknownReason.NOT_REPORTED);
    };
  }

  private static Exactness exactness(Sample sample) {
    return switch (sample.getExactness()) {
      case EXACTNESS_EXACT -> Exactness.EXACT;
      // What a newer exporter calls by a word that we do not know is not exact.
      case EXACTNESS_ESTIMATE, EXACTNESS_UNSPECIFIED, UNRECOGNIZED -> Exactness.ESTIMATE;
      case EXACTNESS_LOWER_BOUND -> Exactness.LOWER_BOUND;
      case EXACTNESS_UPPER_BOUND -> Exactness.UPPER_BOUND;
    };
  }

  private static @Nullable UnknownReason failure(SourceStatus status) {
    return status.getState() == SourceState.SOURCE_STATE_FAILING
        ? reason(status.getReason())
        : null;
  }

  private static UnknownReason reason(io.gpuscaling.proto.v1.UnknownReason reason) {
    return switch (reason) {
      case UNKNOWN_REASON_STARTING -> UnknownReason.STARTING;
      case UNKNOWN_REASON_UNREACHABLE -> UnknownReason.UNREACHABLE;
      case UNKNOWN_REASON_REFUSED -> UnknownReason.REFUSED;
      case UNKNOWN_REASON_MISSING -> UnknownReason.MISSING;
      case UNKNOWN_REASON_INVALID -> UnknownReason.INVALID;
      case UNKNOWN_REASON_UNCONFIRMED -> UnknownReason.UNCONFIRMED;
      case UNKNOWN_REASON_NOT_REPORTED, UNKNOWN_REASON_UNSPECIFIED, UNRECOGNIZED ->
          UnknownReason.NOT_REPORTED;
    };
  }

  private static long observedAt(Sample sample, long nowNanos) {
    return nowNanos - ageNanos(sample.getAgeMillis());
  }

  private static long ageNanos(long ageMillis) {
    // The field is unsigned on the wire: a huge age arrives as a negative number.
    boolean sane = ageMillis >= 0 && ageMillis <= IngestLimits.MAX_AGE_MILLIS;
    return (sane ? ageMillis : IngestLimits.MAX_AGE_MILLIS) * 1_000_000L;
  }

  private static void requireLength(String what, String text, int limit) throws ProtocolViolation {
    require(text.length() <= limit, what + " is longer than " + limit + " characters");
  }

  private static void require(boolean condition, String message) throws ProtocolViolation {
    if (!condition) {
      throw new ProtocolViolation(Kind.INVALID, message);
    }
  }
}
