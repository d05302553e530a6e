package io.gpuscaling.core.exposition;

/**
 * Reads pages of the Prometheus text format 0.0.4. Lenient: a line that cannot be read is left out
 * and counted by its reason, the rest of the page counts. Refuses a page as a whole when it is over
 * a limit or has not one good line.
 *
 * <p>Lines end in LF; a CR before it is dropped. A last line without LF is left out as {@link
 * SkipReason#UNTERMINATED} and the page is called cut, since nobody can tell {@code 40} from the
 * beginning of {@code 4096}; only {@code # EOF}, the end of an OpenMetrics page, may stand so. NaN
 * and infinities are valid but no measurement: counted, not delivered. Of a series that comes twice
 * the first sample counts. Second HELP and TYPE lines are tolerated, the first ones count. Names in
 * quotes (UTF-8 names of Prometheus 3) are not asked for and count as {@link SkipReason#BAD_NAME}.
 *
 * <p>Holds no state: safe for use by any thread.
 */
public final class ExpositionReader {

  private final ExpositionLimits limits;

  /** A reader with these limits. */
  public ExpositionReader(ExpositionLimits limits) {
    this.limits = limits;
  }

  /** Reads a page. The array is not kept and must not change meanwhile. */
  public ExpositionResult read(byte[] page) {
    if (page.length > limits.bodyBytes()) {
      return new ExpositionResult.Refused(RefusalReason.BODY_TOO_LARGE, 0);
    }
    return new PageScan(page, limits).run();
  }
}
