package io.gpuscaling.exporter.dcgm;

import io.gpuscaling.core.exposition.ExpositionResult;
import io.gpuscaling.core.exposition.ExpositionSample;
import io.gpuscaling.core.exposition.FamilyHeader;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What {@code GPU_UTIL_RATIO} is counted in: percent with DCGM 4.6, 0 to 1 with DCGM 4.7, under one
 * name. A value above 1 is no ratio, a fraction no percentage (those are whole); with neither on
 * the page, what an earlier page of the same dialect proved, then the dialect, then the HELP text
 * decide, and last the configuration. Else it is unknown, and only 0 can be read.
 *
 * @param percent whether 100 is the whole
 * @param proven whether a value proved it, so that it holds for later pages
 * @param dialect of the page
 */
public record UtilizationUnit(boolean percent, boolean proven, DcgmDialect dialect) {

  /** What to take it for when the page does not tell. */
  public enum Configured {
    /** Unknown, but for 0. */
    AUTO,
    /** 100 is the whole: DCGM 4.6. */
    PERCENT,
    /** 1 is the whole: DCGM 4.7 and later. */
    RATIO
  }

  /** Percentages are whole; a ratio may be 1.000001 by rounding. */
  private static final double LEAST_SURE_PERCENTAGE = 1.5;

  static @Nullable UtilizationUnit decide(
      ExpositionResult.Page page,
      List<ExpositionSample> ambiguous,
      DcgmDialect dialect,
      @Nullable UtilizationUnit earlier,
      UtilizationUnit.Configured configured) {
    boolean fraction = false;
    for (ExpositionSample row : ambiguous) {
      if (row.value() >= LEAST_SURE_PERCENTAGE && !Blank.isBlank(row.value())) {
        return new UtilizationUnit(true, true, dialect);
      }
      fraction |= row.value() > 0 && row.value() < 1;
    }
    if (fraction) {
      return new UtilizationUnit(false, true, dialect);
    }
    if (earlier != null && earlier.proven && earlier.dialect == dialect) {
      return earlier;
    }
    if (dialect == DcgmDialect.V4_9) {
      return new UtilizationUnit(false, false, dialect);
    }
    for (ExpositionSample row : ambiguous) {
      FamilyHeader header = page.headers().get(row.name());
      String help = header == null ? "" : header.help().toLowerCase(Locale.ROOT);
      if (help.contains("%") || help.contains("percent")) {
        return new UtilizationUnit(true, false, dialect);
      }
      if (help.contains("ratio")) {
        return new UtilizationUnit(false, false, dialect);
      }
    }
    return switch (configured) {
      case AUTO -> null;
      case PERCENT -> new UtilizationUnit(true, false, dialect);
      case RATIO -> new UtilizationUnit(false, false, dialect);
    };
  }

  /** The base unit's value, or NaN when the unit is not known. */
  static double toRatio(double value, @Nullable UtilizationUnit unit) {
    if (value == 0) {
      return 0;
    }
    if (unit == null) {
      return Double.NaN;
    }
    return unit.percent ? value / 100 : value;
  }
}
