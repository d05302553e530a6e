package io.gpuscaling.adapter.store;

import io.gpuscaling.core.metric.SampleValue;
import java.util.List;
import java.util.Map;

/**
 * One message of a contributor, checked and with its ages turned into instants of the adapter's
 * clock.
 */
public sealed interface ContributorUpdate {

  /** The states of all sources of the contributor. */
  Map<String, SourceView> sources();

  /**
   * Everything that the contributor knows.
   *
   * @param bootId names the process that says it
   */
  record Full(String bootId, List<NewSeries> series, Map<String, SourceView> sources)
      implements ContributorUpdate {}

  /** What has changed. */
  record Changes(
      List<NewSeries> added,
      List<NewSample> updated,
      List<Integer> removed,
      Map<String, SourceView> sources)
      implements ContributorUpdate {}

  /** Nothing but the sources' states. */
  record Alive(Map<String, SourceView> sources) implements ContributorUpdate {}

  /**
   * A series that is told for the first time.
   *
   * @param id how later messages of the same stream call it
   */
  record NewSeries(int id, String metric, StoredSample sample) {}

  /** A newer sample of a series. */
  record NewSample(int id, SampleValue value, long observedAtNanos) {}
}
