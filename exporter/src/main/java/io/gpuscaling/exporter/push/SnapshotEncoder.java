package io.gpuscaling.exporter.push;

import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SeriesKey;
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
import io.gpuscaling.proto.v1.SourceStatus;
import io.gpuscaling.proto.v1.UnknownReason;
import io.gpuscaling.proto.v1.Update;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Turns what the sources say into the messages of one stream: remembers what the adapter was told,
 * and tells it only what is new. One for each stream; for use by one thread. Pure but for that
 * memory.
 */
final class SnapshotEncoder {

  /** Series in one message: far below the 1 MiB of the contract at 16 labels each. */
  static final int SERIES_PER_PART = 200;

  /** Most series that an adapter takes of one exporter; see {@code ingest.proto}. */
  static final int MAX_SERIES = 20_000;

  private record Told(int id, SampleValue value) {}

  private final Map<SeriesKey, Told> told = new HashMap<>();
  private int lastId;
  private long generation;

  /** The generation that was told last; 0 before the first snapshot. */
  long generation() {
    return generation;
  }

  /** Everything, in one or more messages. */
  List<ExporterMessage> full(Snapshot snapshot, long nowNanos) {
    told.clear();
    lastId = 0;
    generation++;
    List<Series> all = new ArrayList<>();
    for (SourceSnapshot source : snapshot.sources().values()) {
      for (Sample sample : source.samples()) {
        if (all.size() < MAX_SERIES) {
          all.add(add(source.source(), sample, nowNanos));
        }
      }
    }
    List<ExporterMessage> messages = new ArrayList<>();
    for (int from = 0, part = 0; from == 0 || from < all.size(); from += SERIES_PER_PART, part++) {
      int to = Math.min(from + SERIES_PER_PART, all.size());
      boolean last = to == all.size();
      SnapshotPart.Builder message =
          SnapshotPart.newBuilder()
              .setGeneration(generation)
              .setPart(part)
              .setLast(last)
              .addAllSeries(all.subList(from, to));
      if (last) {
        message.addAllSources(sources(snapshot, nowNanos));
      }
      messages.add(ExporterMessage.newBuilder().setSnapshot(message).build());
    }
    return messages;
  }

  /**
   * What has changed since the last message, or only the sources' states when nothing has. A change
   * larger than one message is told as a whole snapshot.
   */
  List<ExporterMessage> changes(Snapshot snapshot, long nowNanos) {
    Delta.Builder delta = Delta.newBuilder();
    Set<SeriesKey> present = new HashSet<>();
    for (SourceSnapshot source : snapshot.sources().values()) {
      for (Sample sample : source.samples()) {
        if (present.size() == MAX_SERIES) {
          break;
        }
        present.add(sample.series());
        Told before = told.get(sample.series());
        if (before == null) {
          delta.addAdded(add(source.source(), sample, nowNanos));
        } else if (!before.value().equals(sample.value())) {
          told.put(sample.series(), new Told(before.id(), sample.value()));
          delta.addUpdated(
              Update.newBuilder().setId(before.id()).setSample(sample(sample, nowNanos)));
        }
      }
    }
    told.entrySet()
        .removeIf(entry -> {
          boolean gone = !present.contains(entry.getKey());
          if (gone) {
            delta.addRemoved(entry.getValue().id());
          }
          return gone;
        });
    int size = delta.getAddedCount() + delta.getUpdatedCount();
    if (size > SERIES_PER_PART) {
      return full(snapshot, nowNanos);
    }
    List<SourceStatus> sources = sources(snapshot, nowNanos);
    if (size == 0 && delta.getRemovedCount() == 0) {
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
    told.put(sample.series(), new Told(lastId, sample.value()));
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
      sources.add(status.build());
    }
    return sources;
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
