package io.gpuscaling.exporter.dcgm;

import io.gpuscaling.core.metric.UnknownReason;
import java.util.Locale;

/** Why a scrape gave no page. */
public enum ScrapeFailure {
  /** No connection, or it broke before the answer. */
  UNREACHABLE(UnknownReason.UNREACHABLE),
  /** The certificate is not one that is trusted, or there is no TLS. */
  TLS(UnknownReason.REFUSED),
  /** No whole answer within the deadline. */
  TIMEOUT(UnknownReason.UNREACHABLE),
  /** The connection ended within the body. */
  CUT(UnknownReason.UNREACHABLE),
  /** 401 or 403. */
  REFUSED(UnknownReason.REFUSED),
  /** 3xx: a redirect is never followed. */
  REDIRECT(UnknownReason.INVALID),
  /** 5xx: the exporter is there but could not collect. */
  SERVER_ERROR(UnknownReason.NOT_REPORTED),
  /** Any other status than 200. */
  STATUS(UnknownReason.INVALID),
  /** Something else than plain text, or an encoding that was not asked for. */
  CONTENT_TYPE(UnknownReason.INVALID),
  /** The body is over the limit. */
  TOO_LARGE(UnknownReason.INVALID);

  private final UnknownReason reason;
  private final String label = name().toLowerCase(Locale.ROOT);

  ScrapeFailure(UnknownReason reason) {
    this.reason = reason;
  }

  /** What it means for the values. */
  public UnknownReason reason() {
    return reason;
  }

  /** The word for outputs and for a metric's label: {@code server_error}. */
  public String label() {
    return label;
  }
}
