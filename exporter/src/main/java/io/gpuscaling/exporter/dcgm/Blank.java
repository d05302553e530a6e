package io.gpuscaling.exporter.dcgm;

/** DCGM's numbers for "no value": blank, not found, not supported, no permission. */
final class Blank {

  private static final double INT32_FIRST = 0x7ffffff0;
  private static final double INT32_LAST = 0x7ffffff3;
  private static final double DOUBLE_FIRST = 140737488355328.0;
  private static final double DOUBLE_LAST = 140737488355331.0;

  /** As doubles the four 64-bit ones are one number. */
  private static final double INT64_FROM = 9.2e18;

  private Blank() {}

  static boolean isBlank(double value) {
    return (value >= INT32_FIRST && value <= INT32_LAST)
        || (value >= DOUBLE_FIRST && value <= DOUBLE_LAST)
        || value >= INT64_FROM;
  }
}
