package io.gpuscaling.exporter.push;

import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SeriesKey;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.exporter.latest.LatestSamples;
import io.gpuscaling.exporter.latest.LatestSamples.Snapshot;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The newest samples without the series that the contract with the adapters has no room for: one of
 * them would cost the whole stream. A source that loses a series so is told as failing, since a sum
 * without it would be too low. What is left out is a gauge, and logged when it changes. Shared by
 * all streams; safe for use by any thread.
 */
final class SendableSamples {

  private static final Logger log = LoggerFactory.getLogger(SendableSamples.class);
  private static final Pattern METRIC = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*");

  /** Set by the adapter, from the credential. */
  private static final String NODE = "node";

  private final LatestSamples latest;
  private final PushMetrics metrics;

  // Guarded by this.
  private Snapshot checked = Snapshot.EMPTY;
  private Snapshot sendable = Snapshot.EMPTY;
  private Map<DropReason, Integer> dropped = Map.of();

  SendableSamples(LatestSamples latest, PushMetrics metrics) {
    this.latest = latest;
    this.metrics = metrics;
  }

  /** See {@link LatestSamples#onChange}. */
  LatestSamples.Subscription onChange(Runnable listener) {
    return latest.onChange(listener);
  }

  /** What is to be told now. */
  @SuppressWarnings("ReferenceEquality") // the very same snapshot has been looked at before
  synchronized Snapshot snapshot() {
    Snapshot newest = latest.snapshot();
    if (newest != checked) {
      var filter =
          new Filter(checked.sources().values().stream().mapToInt(it -> it.samples().size()).sum());
      sendable = filter.sendable(newest);
      checked = newest;
      note(filter);
    }
    return sendable;
  }

  private void note(Filter filter) {
    if (filter.dropped.equals(dropped)) {
      return;
    }
    dropped = filter.dropped;
    for (DropReason reason : DropReason.values()) {
      metrics.unsent(reason, dropped.getOrDefault(reason, 0));
    }
    log.atWarn()
        .addKeyValue("dropped", dropped)
        .addKeyValue("first", filter.first)
        .log("series that are not sent have changed; their sources are told as failing");
  }

  /** One pass over all sources. */
  private static final class Filter {
    private final Map<DropReason, Integer> dropped = new EnumMap<>(DropReason.class);
    private final Set<SeriesKey> seen;

    /** Good names of metrics, of which there are few. */
    private final Set<String> names = new HashSet<>();

    private @Nullable SeriesKey first;

    Filter(int expected) {
      this.seen = HashSet.newHashSet(Math.min(expected, PushLimits.MAX_SERIES));
    }

    Snapshot sendable(Snapshot all) {
      var sources = new TreeMap<String, SourceSnapshot>();
      all.sources().forEach((name, source) -> sources.put(name, sendable(source)));
      return new Snapshot(sources);
    }

    private SourceSnapshot sendable(SourceSnapshot source) {
      List<Sample> kept = new ArrayList<>(source.samples().size());
      for (Sample sample : source.samples()) {
        DropReason reason = reasonToDrop(sample.series());
        if (reason == null) {
          kept.add(sample);
        } else {
          dropped.merge(reason, 1, Integer::sum);
          first = first == null ? sample.series() : first;
        }
      }
      return kept.size() == source.samples().size()
          ? source
          : new SourceSnapshot(
              source.source(),
              new SourceState.NeverObserved(UnknownReason.INVALID),
              kept,
              source.findings());
    }

    private @Nullable DropReason reasonToDrop(SeriesKey series) {
      if (!fits(series)) {
        return DropReason.INVALID;
      }
      if (seen.size() == PushLimits.MAX_SERIES && !seen.contains(series)) {
        return DropReason.TOO_MANY;
      }
      return seen.add(series) ? null : DropReason.DUPLICATE;
    }

    private boolean isName(String metric) {
      if (names.contains(metric)) {
        return true;
      }
      boolean isGood =
          metric.length() <= PushLimits.MAX_METRIC_LENGTH && METRIC.matcher(metric).matches();
      if (isGood) {
        names.add(metric);
      }
      return isGood;
    }

    private boolean fits(SeriesKey series) {
      if (!isName(series.metric()) || series.labels().size() > PushLimits.MAX_LABELS) {
        return false;
      }
      for (Labels.Label label : series.labels()) {
        if (label.name().length() > PushLimits.MAX_LABEL_NAME_LENGTH
            || label.value().length() > PushLimits.MAX_LABEL_VALUE_LENGTH
            || label.name().equals(NODE)) {
          return false;
        }
      }
      return true;
    }
  }
}
