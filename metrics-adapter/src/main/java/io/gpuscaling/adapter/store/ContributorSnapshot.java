package io.gpuscaling.adapter.store;

import java.util.List;
import java.util.Map;

/**
 * Everything that one contributor says now. Immutable.
 *
 * @param contributor who
 * @param samples by metric name
 * @param sources by name
 */
public record ContributorSnapshot(
    Contributor contributor,
    Map<String, List<StoredSample>> samples,
    Map<String, SourceView> sources) {

  /** The series of a metric. */
  public List<StoredSample> samplesOf(String metric) {
    return samples.getOrDefault(metric, List.of());
  }

  /** The state of a source; starting when it was never heard of. */
  public SourceView source(String name) {
    return sources.getOrDefault(name, SourceView.STARTING);
  }

  /** When a sample was last true: its own observation, or its source's later one. */
  public long observedAtNanos(StoredSample sample) {
    SourceView source = source(sample.source());
    return source.observed() && source.observedAtNanos() - sample.observedAtNanos() > 0
        ? source.observedAtNanos()
        : sample.observedAtNanos();
  }
}
