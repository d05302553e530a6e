package io.gpuscaling.exporter.push;

import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SeriesKey;
import io.gpuscaling.core.metric.SourceFinding;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.exporter.latest.LatestSamples.Snapshot;
import io.gpuscaling.proto.v1.Delta;
import io.gpuscaling.proto.v1.Exactness;
import io.gpuscaling.proto.v1.ExporterMessage;
import io.gpuscaling.proto.v1.Heartbeat;
import io.gpuscaling.proto.v1.Label;
import io.gpuscaling.proto.v1.Series;
import io.gpuscaling.proto.v1.SnapshotPart;
import io.gpuscaling.proto.v1.SourceFindings;
import io.gpuscaling.proto.v1.SourceStatus;
import io.gpuscaling.proto.v1.UnknownReason;
import io.gpuscaling.proto.v1.Update;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns what the sources say into the messages of one stream: remembers what the adapter was told,
 * and tells it only what is new. What it is given must fit the contract; see {@link
 * SendableSamples}. One for each stream; for use by one thread. Pure but for that memory.
 */
final class SnapshotEncoder {

  /**
   * A message is closed when its series have so many bytes. One more series has at most 15 KiB, so
   * that a message stays far below the 1 MiB of the contract.
   */
  static final int MAX_SERIES_BYTES = 256 * 1024;

  /** What the adapter was told of a series. */
  private static final class Told {
    final int id;
    final String source;
    SampleValue value;

    /** The last look at all series that had this one. */
    long look;

    Told(int id, String source, SampleValue value, long look) {
      this.id = id;
      this.source = source;
      this.value = value;
      this.look = look;
    }
  }

  private final Map<SeriesKey, Told> told = new HashMap<>();
  private long look;
  private int lastId;
  private long generation;

  /** Everything, in one or more messages. */
  List<ExporterMessage> full(Snapshot snapshot, long nowNanos) {
    told.clear();
    lastId = 0;
    generation++;
    List<ExporterMessage> messages = new ArrayList<>();
    SnapshotPart.Builder part = part(0);
    int bytes = 0;
    for (SourceSnapshot source : snapshot.sources().values()) {
      for (Sample sample : source.samples()) {
        if (bytes >= MAX_SERIES_BYTES) {
          messages.add(ExporterMessage.newBuilder().setSnapshot(part).build());
          part = part(messages.size());
          bytes = 0;
        }
        Series series = add(source.source(), sample, nowNanos);
        bytes += series.getSerializedSize();
        part.addSeries(series);
      }
    }
    part.setLast(true).addAllSources(sources(snapshot, nowNanos));
    messages.add(ExporterMessage.newBuilder().setSnapshot(part).build());
    return messages;
  }

  private SnapshotPart.Builder part(int number) {
    return SnapshotPart.newBuilder().setGeneration(generation).setPart(number);
  }

  /**
   * What has changed since the last message, or only the sources' states when nothing has. A change
   * larger than one message is told as a whole snapshot.
   */
  List<ExporterMessage> changes(Snapshot snapshot, long nowNanos) {
    Delta.Builder delta = Delta.newBuilder();
    look++;
    int bytes = 0;
    for (SourceSnapshot source : snapshot.sources().values()) {
      for (Sample sample : source.samples()) {
        Told before = told.get(sample.series());
        if (before == null || !before.source.equals(source.source())) {
          if (before != null) {
            delta.addRemoved(before.id); // an update could not name the other source
          }
          Series added = add(source.source(), sample, nowNanos);
          bytes += added.getSerializedSize();
          delta.addAdded(added);
        } else {
          before.look = look;
          if (!before.value.equals(sample.value())) {
            before.value = sample.value();
            Update updated =
                Update.newBuilder().setId(before.id).setSample(sample(sample, nowNanos)).build();
            bytes += updated.getSerializedSize();
            delta.addUpdated(updated);
          }
        }
      }
    }
    told.values()
        .removeIf(each -> {
          boolean gone = each.look != look;
          if (gone) {
            delta.addRemoved(each.id);
          }
          return gone;
        });
    if (bytes > MAX_SERIES_BYTES) {
      return full(snapshot, nowNanos);
    }
    List<SourceStatus> sources = sources(snapshot, nowNanos);
    if (bytes == 0 && delta.getRemovedCount() == 0) {
      return List.of(
          ExporterMessage.newBuilder()
              .setHeartbeat(Heartbeat.newBuilder().setGeneration(generation).addAllSources(sources))
              .build());
    }
    delta.setBaseGeneration(generation).setGeneration(generation + 1).addAllSources(sources);
    generation++;
    return List.of(ExporterMessage.newBuilder().setDelta(delta).build());
  }

  private Series add(String source, Sample sample, long nowNanos) {
    lastId++;
    told.put(sample.series(), new Told(lastId, source, sample.value(), look));
    Series.Builder series =
        Series.newBuilder()
            .setId(lastId)
            .setMetric(sample.series().metric())
            .setSource(source)
            .setSample(sample(sample, nowNanos));
    for (Labels.Label label : sample.series().labels()) {
      series.addLabels(Label.newBuilder().setName(label.name()).setValue(label.value()));
    }
    return series.build();
  }

  private static io.gpuscaling.proto.v1.Sample sample(Sample sample, long nowNanos) {
    var message =
        io.gpuscaling.proto.v1.Sample.newBuilder()
            .setAgeMillis(ageMillis(nowNanos, sample.observedAtNanos()));
    return switch (sample.value()) {
      case SampleValue.Known(double value, var exactness) ->
          message.setValue(value).setExactness(exactness(exactness)).build();
      case SampleValue.Unknown(var reason) -> message.setUnknown(reason(reason)).build();
    };
  }

  private static List<SourceStatus> sources(Snapshot snapshot, long nowNanos) {
    List<SourceStatus> sources = new ArrayList<>();
    for (SourceSnapshot source : snapshot.sources().values()) {
      SourceStatus.Builder status = SourceStatus.newBuilder().setName(source.source());
      switch (source.state()) {
        case SourceState.Starting() ->
            status.setState(io.gpuscaling.proto.v1.SourceState.SOURCE_STATE_STARTING);
        case SourceState.Ok(long observedAt) ->
            status
                .setState(io.gpuscaling.proto.v1.SourceState.SOURCE_STATE_OK)
                .setObserved(true)
                .setAgeMillis(ageMillis(nowNanos, observedAt));
        case SourceState.Failing(long observedAt, var reason) ->
            status
                .setState(io.gpuscaling.proto.v1.SourceState.SOURCE_STATE_FAILING)
                .setObserved(true)
                .setAgeMillis(ageMillis(nowNanos, observedAt))
                .setReason(reason(reason));
        case SourceState.NeverObserved(var reason) ->
            status
                .setState(io.gpuscaling.proto.v1.SourceState.SOURCE_STATE_FAILING)
                .setReason(reason(reason));
      }
      sources.add(status.setFindings(findings(source.findings())).build());
    }
    return sources;
  }

  /** Also when there are none: that says that this exporter looks. */
  private static SourceFindings findings(List<SourceFinding> findings) {
    SourceFindings.Builder all = SourceFindings.newBuilder();
    for (SourceFinding each : findings) {
      all.addItems(
          io.gpuscaling.proto.v1.SourceFinding.newBuilder()
              .setCode(each.code())
              .setSubject(each.subject()));
    }
    return all.build();
  }

  private static long ageMillis(long nowNanos, long observedAtNanos) {
    // Rounded up: an age is never said to be less than it is.
    return Math.ceilDiv(Math.max(0, nowNanos - observedAtNanos), 1_000_000L);
  }

  private static Exactness exactness(io.gpuscaling.core.metric.Exactness exactness) {
    return switch (exactness) {
      case EXACT -> Exactness.EXACTNESS_EXACT;
      case ESTIMATE -> Exactness.EXACTNESS_ESTIMATE;
      case LOWER_BOUND -> Exactness.EXACTNESS_LOWER_BOUND;
      case UPPER_BOUND -> Exactness.EXACTNESS_UPPER_BOUND;
    };
  }

  private static UnknownReason reason(io.gpuscaling.core.metric.UnknownReason reason) {
    return switch (reason) {
      case STARTING -> UnknownReason.UNKNOWN_REASON_STARTING;
      case UNREACHABLE -> UnknownReason.UNKNOWN_REASON_UNREACHABLE;
      case NOT_REPORTED -> UnknownReason.UNKNOWN_REASON_NOT_REPORTED;
      case REFUSED -> UnknownReason.UNKNOWN_REASON_REFUSED;
      case MISSING -> UnknownReason.UNKNOWN_REASON_MISSING;
      case INVALID -> UnknownReason.UNKNOWN_REASON_INVALID;
      case UNCONFIRMED -> UnknownReason.UNKNOWN_REASON_UNCONFIRMED;
    };
  }
}
