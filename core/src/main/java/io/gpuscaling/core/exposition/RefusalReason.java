package io.gpuscaling.core.exposition;

import java.util.Locale;

/** Why a whole page was refused. */
public enum RefusalReason {
  /** It has bad lines and not one good one: an HTML page, an error text, another protocol. */
  NOT_EXPOSITION,
  /** More bytes than {@link ExpositionLimits#bodyBytes()}. */
  BODY_TOO_LARGE,
  /** A line longer than {@link ExpositionLimits#lineBytes()}. */
  LINE_TOO_LONG,
  /** A metric or label name longer than {@link ExpositionLimits#nameBytes()}. */
  NAME_TOO_LONG,
  /** A label value longer than {@link ExpositionLimits#labelValueBytes()}. */
  LABEL_VALUE_TOO_LONG,
  /** A series with more labels than {@link ExpositionLimits#labels()}. */
  TOO_MANY_LABELS,
  /** More sample lines than {@link ExpositionLimits#samples()}. */
  TOO_MANY_SAMPLES,
  /** More metric names than {@link ExpositionLimits#families()}. */
  TOO_MANY_FAMILIES;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** The word for outputs and for a metric's label: {@code not_exposition}. */
  public String label() {
    return label;
  }
}
