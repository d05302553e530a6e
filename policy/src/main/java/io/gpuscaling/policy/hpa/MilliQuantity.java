package io.gpuscaling.policy.hpa;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads Kubernetes quantities as the HPA does: in thousandths, rounded up. {@code 1500m}, {@code
 * 120k}, {@code 4Gi} and {@code 2e3} are quantities.
 */
public final class MilliQuantity {

  /** Thousandths in one. */
  public static final long PER_UNIT = 1000;

  private static final int MAX_CHARS = 64;
  private static final int MILLI_DIGITS = 3;
  private static final Pattern FORM =
      Pattern.compile("([+-]?(?:\\d+\\.?\\d*|\\.\\d+))(?:[eE]([+-]?\\d{1,3})|([a-zA-Z]*))");
  private static final Map<String, Integer> POWERS_OF_TEN =
      Map.of("n", -9, "u", -6, "m", -3, "", 0, "k", 3, "M", 6, "G", 9, "T", 12, "P", 15, "E", 18);
  private static final Map<String, Integer> POWERS_OF_TWO =
      Map.of("Ki", 10, "Mi", 20, "Gi", 30, "Ti", 40, "Pi", 50, "Ei", 60);
  private static final BigDecimal MAX = BigDecimal.valueOf(Long.MAX_VALUE);

  private MilliQuantity() {}

  /**
   * The quantity in thousandths, rounded up; clamped to what a long holds.
   *
   * @return empty when the text is no quantity
   */
  public static OptionalLong parse(String text) {
    Matcher form = FORM.matcher(text);
    if (text.length() > MAX_CHARS || !form.matches()) {
      return OptionalLong.empty();
    }
    BigDecimal number = new BigDecimal(form.group(1));
    if (form.group(2) != null) {
      return milli(number.scaleByPowerOfTen(Integer.parseInt(form.group(2))));
    }
    String suffix = form.group(3);
    Integer ten = POWERS_OF_TEN.get(suffix);
    if (ten != null) {
      return milli(number.scaleByPowerOfTen(ten));
    }
    Integer two = POWERS_OF_TWO.get(suffix);
    return two == null
        ? OptionalLong.empty()
        : milli(number.multiply(new BigDecimal(BigInteger.TWO.pow(two))));
  }

  private static OptionalLong milli(BigDecimal number) {
    BigDecimal milli = number.scaleByPowerOfTen(MILLI_DIGITS).setScale(0, RoundingMode.CEILING);
    return OptionalLong.of(milli.min(MAX).max(MAX.negate()).longValueExact());
  }

  /**
   * The canonical text of so many thousandths without larger suffixes: {@code 12}, {@code 1500m}.
   */
  public static String format(long milli) {
    return milli % PER_UNIT == 0 ? Long.toString(milli / PER_UNIT) : milli + "m";
  }
}
