package io.gpuscaling.core.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * How the text of one value is read and shown. Immutable; the functions are pure.
 *
 * @param placeholder stands for the value in usage text: {@code DURATION}
 * @param allowed what is allowed, to end a message and for the documentation: {@code a duration
 *     such as 30s, 100ms to 1h}
 * @param parser reads a value
 * @param printer writes a value so that the parser reads it again, apart from what is masked
 * @param mask makes a text showable that the parser may have refused
 * @param <T> type of the value
 */
public record ScalarType<T>(
    String placeholder,
    String allowed,
    Function<String, Parsed<T>> parser,
    Function<T, String> printer,
    UnaryOperator<String> mask) {

  /** Longest text value, in characters. */
  public static final int MAX_TEXT_CHARS = 4096;

  /** Marks the one type whose flag may stand alone. */
  static final String SWITCH_PLACEHOLDER = "BOOL";

  private static ScalarType<String> unmasked(
      String placeholder, String allowed, Function<String, Parsed<String>> parser) {
    return new ScalarType<>(placeholder, allowed, parser, text -> text, UnaryOperator.identity());
  }

  private static <T> ScalarType<T> printable(
      String placeholder,
      String allowed,
      Function<String, Parsed<T>> parser,
      Function<T, String> printer) {
    return new ScalarType<>(placeholder, allowed, parser, printer, UnaryOperator.identity());
  }

  /** A text that is not empty and has no control characters. */
  public static ScalarType<String> text(String placeholder) {
    return unmasked(
        placeholder, "a text of 1 to " + MAX_TEXT_CHARS + " characters", ScalarType::parseText);
  }

  private static Parsed<String> parseText(String text) {
    if (text.isEmpty()) {
      return Parsed.refused("is empty");
    }
    if (text.length() > MAX_TEXT_CHARS) {
      return Parsed.refused("has " + text.length() + " characters");
    }
    return text.chars().anyMatch(Character::isISOControl)
        ? Parsed.refused("has a control character")
        : Parsed.value(text);
  }

  /** A whole number, both bounds included. */
  public static ScalarType<Integer> integer(int min, int max) {
    return integer("NUMBER", min, max);
  }

  /** A TCP port to listen on; 0 takes any free one. */
  public static ScalarType<Integer> port() {
    return integer("PORT", 0, HostPort.MAX_PORT);
  }

  private static ScalarType<Integer> integer(String placeholder, int min, int max) {
    return printable(
        placeholder,
        "a whole number, " + min + " to " + max,
        text -> {
          if (!text.matches("-?\\d{1,18}")) {
            return Parsed.refused("is not a whole number");
          }
          long value = Long.parseLong(text);
          return value < min || value > max
              ? Parsed.refused("is out of range")
              : Parsed.value((int) value);
        },
        String::valueOf);
  }

  /** {@code true} or {@code false}; the flag alone means true. */
  public static ScalarType<Boolean> bool() {
    return printable(
        SWITCH_PLACEHOLDER,
        "true or false",
        text ->
            switch (text) {
              case "true" -> Parsed.value(true);
              case "false" -> Parsed.value(false);
              default -> Parsed.refused("is neither");
            },
        String::valueOf);
  }

  /** An address to listen on: {@code HOST:PORT}; without host all addresses, port 0 any. */
  public static ScalarType<HostPort> listenAddress() {
    return printable(
        "HOST:PORT",
        "HOST:PORT, [IPV6]:PORT, or :PORT for all addresses; port 0 takes a free one",
        HostPort::parse,
        HostPort::toString);
  }

  /** An address to connect to: {@code HOST:PORT}, both needed. */
  public static ScalarType<HostPort> serverAddress() {
    return printable(
        "HOST:PORT",
        "HOST:PORT or [IPV6]:PORT, port 1 to " + HostPort.MAX_PORT,
        text ->
            HostPort.parse(text)
                .then(address -> {
                  if (address.host().isEmpty()) {
                    return Parsed.refused("has no host");
                  }
                  return address.port() == 0 ? Parsed.refused("has port 0") : Parsed.value(address);
                }),
        HostPort::toString);
  }

  /** A duration within two bounds, both included, with its unit: {@code 1m30s}. */
  public static ScalarType<Duration> duration(Duration min, Duration max) {
    return printable(
        "DURATION",
        "a duration such as 500ms, 30s or 1m30s, "
            + GoDuration.print(min)
            + " to "
            + GoDuration.print(max),
        text ->
            GoDuration.parse(text)
                .then(value ->
                    value.compareTo(min) < 0 || value.compareTo(max) > 0
                        ? Parsed.refused("is out of range")
                        : Parsed.value(value)),
        GoDuration::print);
  }

  /** A size in bytes within two bounds, both included: {@code 4Mi}. */
  public static ScalarType<Long> byteSize(long min, long max) {
    return printable(
        "BYTES",
        "a size in bytes such as 512, 64Ki, 16Mi or 2G, "
            + ByteSize.print(min)
            + " to "
            + ByteSize.print(max),
        text ->
            ByteSize.parse(text)
                .then(value ->
                    value < min || value > max
                        ? Parsed.refused("is out of range")
                        : Parsed.value(value)),
        ByteSize::print);
  }

  /** An absolute URI with a host, one of these schemes, and no user information. */
  public static ScalarType<URI> uri(String... schemes) {
    return new ScalarType<>(
        "URL",
        uriForm(schemes) + ", without user and password",
        text ->
            parseUri(text, Set.of(schemes))
                .then(uri ->
                    uri.getRawUserInfo() == null
                        ? Parsed.value(uri)
                        : Parsed.refused("has user information")),
        URI::toString,
        SecretUri::mask);
  }

  /** A URI that may hold a password, which is masked wherever it is shown. */
  public static ScalarType<SecretUri> secretUri(String... schemes) {
    return new ScalarType<>(
        "URI",
        uriForm(schemes),
        text -> parseUri(text, Set.of(schemes)).then(uri -> Parsed.value(new SecretUri(uri))),
        SecretUri::toString,
        SecretUri::mask);
  }

  private static String uriForm(String... schemes) {
    return Arrays.stream(schemes)
        .map(scheme -> scheme + "://HOST...")
        .collect(Collectors.joining(" or "));
  }

  private static Parsed<URI> parseUri(String text, Set<String> schemes) {
    if (text.length() > MAX_TEXT_CHARS) {
      return Parsed.refused("has " + text.length() + " characters");
    }
    URI uri;
    try {
      uri = new URI(text);
    } catch (URISyntaxException e) {
      // The reason names a place in the text, never the text: that may hold a password.
      return Parsed.refused("is not a URI: " + e.getReason() + " at character " + e.getIndex());
    }
    if (uri.getScheme() == null || !schemes.contains(uri.getScheme().toLowerCase(Locale.ROOT))) {
      return Parsed.refused("has another scheme");
    }
    return uri.getHost() == null ? Parsed.refused("has no valid host name") : Parsed.value(uri);
  }

  /** A path of a file; whether it exists is the program's to check. */
  public static ScalarType<Path> filePath() {
    return printable(
        "FILE",
        "a path of a file",
        text ->
            parseText(text)
                .then(path -> {
                  try {
                    return Parsed.value(Path.of(path));
                  } catch (InvalidPathException e) {
                    return Parsed.refused("is not a path: " + e.getReason());
                  }
                }),
        Path::toString);
  }

  /** A constant of an enum, written in lower case with hyphens: {@code READ_ONLY} is read-only. */
  public static <E extends Enum<E>> ScalarType<E> oneOf(Class<E> type) {
    List<E> constants = List.of(type.getEnumConstants());
    return printable(
        constants.stream().map(ScalarType::constantText).collect(Collectors.joining("|")),
        "one of "
            + constants.stream().map(ScalarType::constantText).collect(Collectors.joining(", ")),
        text ->
            constants.stream()
                .filter(constant -> constantText(constant).equals(text))
                .findFirst()
                .map(Parsed::value)
                .orElseGet(() -> Parsed.refused("is none of them")),
        ScalarType::constantText);
  }

  private static String constantText(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
