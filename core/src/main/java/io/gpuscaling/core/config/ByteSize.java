package io.gpuscaling.core.config;

import java.math.BigInteger;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sizes in bytes as Kubernetes writes them: {@code 512}, {@code 64Ki}, {@code 16Mi}, {@code 2G}.
 * Whole numbers only, from 0 to {@link Long#MAX_VALUE}.
 */
public final class ByteSize {

  private static final Pattern FORM = Pattern.compile("(\\d{1,19})(Ki|Mi|Gi|Ti|k|M|G|T|)");

  /** Largest first, so that printing takes the shortest form. */
  private static final List<Unit> UNITS =
      List.of(
          new Unit("Ti", 1L << 40),
          new Unit("T", 1_000_000_000_000L),
          new Unit("Gi", 1L << 30),
          new Unit("G", 1_000_000_000L),
          new Unit("Mi", 1L << 20),
          new Unit("M", 1_000_000L),
          new Unit("Ki", 1L << 10),
          new Unit("k", 1_000L),
          new Unit("", 1L));

  private record Unit(String suffix, long bytes) {}

  private ByteSize() {}

  /** Reads a size. */
  public static Parsed<Long> parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      return Parsed.refused("is not a size in bytes");
    }
    String suffix = form.group(2);
    long unit = UNITS.stream().filter(u -> u.suffix.equals(suffix)).findFirst().orElseThrow().bytes;
    BigInteger bytes = new BigInteger(form.group(1)).multiply(BigInteger.valueOf(unit));
    return bytes.bitLength() < Long.SIZE
        ? Parsed.value(bytes.longValue())
        : Parsed.refused("is larger than 8 EiB");
  }

  /** Writes a size exactly, with the largest unit that divides it. */
  public static String print(long bytes) {
    Unit unit =
        UNITS.stream()
            .filter(u -> bytes != 0 && bytes % u.bytes == 0)
            .findFirst()
            .orElse(UNITS.getLast());
    return bytes / unit.bytes + unit.suffix;
  }
}
