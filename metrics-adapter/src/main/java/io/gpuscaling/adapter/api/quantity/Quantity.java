package io.gpuscaling.adapter.api.quantity;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * Prints numbers as Kubernetes quantities: decimal SI suffixes only, thousandths at the finest,
 * since that is what the HPA computes with.
 *
 * <p>Rounding is half up, by magnitude, on the shortest decimal text of the number. A number that
 * is not zero never becomes zero: what would be rounded away is printed as {@code 1m}, because the
 * HPA wakes a workload that stands at zero replicas for any positive value and puts one to sleep
 * for 0. Beyond {@link #MAX_MILLI} the HPA would read a wrapped number, so values are clamped to
 * it.
 */
public final class Quantity {

  /** The largest number of thousandths, and with a minus the smallest, that the HPA can read. */
  public static final long MAX_MILLI = Long.MAX_VALUE;

  private static final int MILLI_DIGITS = 3;
  private static final long MILLI = 1000;
  private static final BigDecimal MAX = BigDecimal.valueOf(MAX_MILLI, MILLI_DIGITS);
  private static final String[] SUFFIXES = {"", "k", "M", "G", "T", "P"};

  private Quantity() {}

  /**
   * The canonical text of a number: {@code 0}, {@code 1500m}, {@code 120k}.
   *
   * @throws IllegalArgumentException for NaN and infinities, which no quantity can say
   */
  public static String format(double value) {
    return formatMilli(milli(value));
  }

  /** The number of thousandths that is printed for a number. */
  static long milli(double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("a quantity must be finite: " + value);
    }
    if (value == 0) {
      return 0;
    }
    BigDecimal exact = BigDecimal.valueOf(value);
    if (exact.abs().compareTo(MAX) >= 0) {
      return value < 0 ? -MAX_MILLI : MAX_MILLI;
    }
    long milli =
        exact.setScale(MILLI_DIGITS, RoundingMode.HALF_UP).unscaledValue().longValueExact();
    return milli == 0 ? (long) Math.signum(value) : milli;
  }

  private static String formatMilli(long milli) {
    if (milli % MILLI != 0) {
      return milli + "m";
    }
    long mantissa = milli / MILLI;
    int suffix = 0;
    while (mantissa != 0 && mantissa % MILLI == 0) {
      mantissa /= MILLI;
      suffix++;
    }
    return mantissa + SUFFIXES[suffix];
  }
}
