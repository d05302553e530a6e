package io.gpuscaling.core.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as Go and Kubernetes write them: {@code 30s}, {@code 1m30s}, {@code 500ms}, {@code
 * 1.5h}. The range is Go's: a signed 64-bit number of nanoseconds, about 292 years.
 */
public final class GoDuration {

  /** Longest text that is looked at. */
  private static final int MAX_CHARS = 64;

  private static final Pattern PART =
      Pattern.compile("(\\d+(?:\\.\\d*)?|\\.\\d+)(ns|us|µs|μs|ms|s|m|h)");
  private static final Map<String, BigDecimal> UNIT_NANOS =
      Map.of(
          "ns", BigDecimal.ONE,
          "us", BigDecimal.valueOf(1_000),
          "µs", BigDecimal.valueOf(1_000),
          "μs", BigDecimal.valueOf(1_000),
          "ms", BigDecimal.valueOf(1_000_000),
          "s", BigDecimal.valueOf(1_000_000_000),
          "m", BigDecimal.valueOf(60_000_000_000L),
          "h", BigDecimal.valueOf(3_600_000_000_000L));
  private static final BigDecimal MAX_NANOS = BigDecimal.valueOf(Long.MAX_VALUE);

  private GoDuration() {}

  /** Reads a duration; fractions of a nanosecond are cut off. {@code 0} needs no unit. */
  public static Parsed<Duration> parse(String text) {
    if (text.length() > MAX_CHARS) {
      return Parsed.refused("is longer than " + MAX_CHARS + " characters");
    }
    boolean negative = text.startsWith("-");
    String magnitude = negative || text.startsWith("+") ? text.substring(1) : text;
    if (magnitude.equals("0")) {
      return Parsed.value(Duration.ZERO);
    }
    if (magnitude.matches("\\d+(\\.\\d*)?")) {
      return Parsed.refused("has no unit (ns, us, ms, s, m, h)");
    }
    BigDecimal nanos = BigDecimal.ZERO;
    Matcher part = PART.matcher(magnitude);
    int end = 0;
    while (part.find() && part.start() == end) {
      BigDecimal unit = UNIT_NANOS.getOrDefault(part.group(2), BigDecimal.ZERO);
      nanos = nanos.add(new BigDecimal(part.group(1)).multiply(unit));
      end = part.end();
    }
    if (end == 0 || end != magnitude.length()) {
      return Parsed.refused("is not a duration");
    }
    if (nanos.compareTo(MAX_NANOS) > 0) {
      return Parsed.refused("is longer than 292 years");
    }
    long value = nanos.longValue();
    return Parsed.value(Duration.ofNanos(negative ? -value : value));
  }

  /**
   * Writes a duration so that {@link #parse} reads the same one: {@code 1h30m}, {@code 1.5s},
   * {@code 500ms}, {@code 0s}. Parts that are zero are left out, unlike Go's {@code 1h30m0s}.
   *
   * @throws ArithmeticException beyond 292 years
   */
  public static String print(Duration duration) {
    long nanos = duration.toNanos();
    if (nanos == 0) {
      return "0s";
    }
    var text = new StringBuilder(nanos < 0 ? "-" : "");
    Duration left = duration.abs();
    if (left.toSeconds() == 0) {
      return text.append(belowOneSecond(left.toNanos())).toString();
    }
    if (left.toHours() > 0) {
      text.append(left.toHours()).append('h');
    }
    if (left.toMinutesPart() > 0) {
      text.append(left.toMinutesPart()).append('m');
    }
    long rest = left.toSecondsPart() * 1_000_000_000L + left.toNanosPart();
    if (rest > 0) {
      text.append(decimal(rest, 9)).append('s');
    }
    return text.toString();
  }

  private static String belowOneSecond(long nanos) {
    if (nanos >= 1_000_000) {
      return decimal(nanos, 6) + "ms";
    }
    return nanos >= 1_000 ? decimal(nanos, 3) + "us" : nanos + "ns";
  }

  private static String decimal(long value, int scale) {
    return BigDecimal.valueOf(value, scale).stripTrailingZeros().toPlainString();
  }
}
