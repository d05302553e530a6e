package io.gpuscaling.adapter.prometheus;

import java.util.Locale;

/** Why there is no number. The label {@code outcome} of a counter. */
enum QueryFailure {
  /** No connection, or it broke. */
  UNREACHABLE(false),
  /** No whole answer in time. */
  TIMEOUT(false),
  /** The token or the authorities cannot be read. */
  CREDENTIALS(false),
  /** Status 401 or 403. */
  REFUSED(false),
  /** Another status, without Prometheus' own words for it. */
  STATUS(false),
  /** The body is over the limit. */
  TOO_LARGE(false),
  /** The body is not the JSON of the API. */
  MALFORMED(false),
  /** Prometheus says why: the text is wrong, takes too long, or reads too much. */
  QUERY(false),
  /** The result comes with warnings, so that a part may be missing. */
  WARNING(false),
  /** No series. */
  EMPTY(true),
  /** More than one series: they are not added up, since nobody said that they may be. */
  SEVERAL(true),
  /** A range, a text or a histogram. */
  NO_NUMBER(true),
  /** NaN or infinite. */
  NOT_FINITE(true),
  /** Older than the limit when it came. */
  STALE(true),
  /** Of the future: the clocks differ. */
  CLOCK(true);

  private final boolean isResult;

  QueryFailure(boolean isResult) {
    this.isResult = isResult;
  }

  /**
   * Whether Prometheus has said what there is now, and it is no number. Otherwise nothing new is
   * known, and what was known before grows older.
   */
  boolean isResult() {
    return isResult;
  }

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
