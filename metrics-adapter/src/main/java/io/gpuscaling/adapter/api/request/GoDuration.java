package io.gpuscaling.adapter.api.request;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a duration as Go writes it: {@code 32s}, {@code 1m30s}, {@code 500ms}. */
final class GoDuration {

  private static final Pattern TEXT =
      Pattern.compile("\\+?(?:[0-9]{1,9}(?:\\.[0-9]{0,9})?(?:ns|us|ms|s|m|h)){1,6}");
  private static final Pattern PART =
      Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{0,9})?)(ns|us|ms|s|m|h)");
  private static final Map<String, Long> NANOS =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L);

  private GoDuration() {}

  /** A timeout, no longer than the limit; zero means the limit, as in Kubernetes. */
  static Duration timeout(String text, Duration limit) throws BadParameter {
    if (text.equals("0")) {
      return limit;
    }
    if (!TEXT.matcher(text).matches()) {
      throw new BadParameter("timeout: must be a duration such as 30s");
    }
    var nanos = BigDecimal.ZERO;
    Matcher part = PART.matcher(text);
    while (part.find()) {
      var amount = new BigDecimal(part.group(1) + (part.group(1).endsWith(".") ? "0" : ""));
      nanos = nanos.add(amount.multiply(BigDecimal.valueOf(NANOS.getOrDefault(part.group(2), 1L))));
    }
    return nanos.signum() == 0 || nanos.compareTo(BigDecimal.valueOf(limit.toNanos())) > 0
        ? limit
        : Duration.ofNanos(nanos.longValue());
  }
}
