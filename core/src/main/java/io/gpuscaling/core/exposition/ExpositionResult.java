package io.gpuscaling.core.exposition;

import java.util.Collections;
import java.util.List;
import java.util.Map;

/** What became of a page. */
public sealed interface ExpositionResult {

  /**
   * It was read, perhaps without some lines.
   *
   * @param samples finite, one for each series, in the order of the page
   * @param headers what HELP and TYPE lines said, by metric name
   * @param counts what is not among the samples
   * @param cut whether the page ends within a line, so that more may be missing than that line
   */
  record Page(
      List<ExpositionSample> samples,
      Map<String, FamilyHeader> headers,
      ReadCounts counts,
      boolean cut)
      implements ExpositionResult {

    /** Makes the collections unmodifiable; the caller gives them away. */
    public Page {
      samples = Collections.unmodifiableList(samples);
      headers = Collections.unmodifiableMap(headers);
    }

    /** Valid sample lines: samples, NaN and infinities, duplicates. */
    public int sampleLines() {
      return samples.size() + counts.nonFiniteValues() + counts.duplicates();
    }
  }

  /**
   * Nothing of it may be used.
   *
   * @param reason which rule it broke
   * @param line where, counted from 1; 0 for the page as a whole
   */
  record Refused(RefusalReason reason, int line) implements ExpositionResult {}
}
