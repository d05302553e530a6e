package io.gpuscaling.exporter.dcgm;

import java.util.Locale;

/** The unit in which a DCGM field is printed. */
enum DcgmUnit {
  BYTES,
  MEBIBYTES,
  RATIO,
  PERCENT,
  /** The name does not tell: decided for each page. */
  RATIO_OR_PERCENT,
  CELSIUS,
  WATTS,
  JOULES,
  MILLIJOULES,
  /** Of what has no unit: errors, codes. */
  COUNT,
  /** Of a field that only tells the dialect. */
  NONE;

  static DcgmUnit byWord(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT).replace('-', '_'));
  }
}
