package io.gpuscaling.core.exposition;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * What was seen while a page was read, besides the samples that it gave.
 *
 * @param skipped lines left out, by reason; only reasons that occurred
 * @param nonFiniteValues valid lines whose value is NaN or infinite: no measurement, so no sample
 * @param duplicates valid lines of a series that had come before on the page: the first one counts
 */
public record ReadCounts(Map<SkipReason, Integer> skipped, int nonFiniteValues, int duplicates) {

  /** Copies the map. */
  public ReadCounts {
    var copy = new EnumMap<SkipReason, Integer>(SkipReason.class);
    copy.putAll(skipped);
    skipped = Collections.unmodifiableMap(copy);
  }

  /** All lines left out. */
  public int skippedLines() {
    return skipped.values().stream().mapToInt(Integer::intValue).sum();
  }
}
