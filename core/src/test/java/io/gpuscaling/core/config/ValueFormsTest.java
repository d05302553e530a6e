package io.gpuscaling.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each form of a value: what is read, what is refused, what is written. */
class ValueFormsTest {

  private enum Shape {
    ROUND,
    HALF_ROUND
  }

  private static <T> T value(Parsed<T> parsed) {
    return switch (parsed) {
      case Parsed.Value<T>(T value) -> value;
      case Parsed.Refused<T>(String why) -> throw new AssertionError(why);
    };
  }

  private static String why(Parsed<?> parsed) {
    return switch (parsed) {
      case Parsed.Value<?>(Object value) -> throw new AssertionError("was read: " + value);
      case Parsed.Refused<?>(String why) -> why;
    };
  }

  @ParameterizedTest
  @CsvSource({
    "30s, PT30S",
    "1m30s, PT1M30S",
    "500ms, PT0.5S",
    "1.5h, PT1H30M",
    ".5s, PT0.5S",
    "1.s, PT1S",
    "10us, PT0.00001S",
    "10µs, PT0.00001S",
    "7ns, PT0.000000007S",
    "0, PT0S",
    "-0, PT0S",
    "+2s, PT2S",
    "-2s, PT-2S",
    "1s1s, PT2S",
    "2562047h47m16.854775807s, PT2562047H47M16.854775807S"
  })
  void durationParse_asGoReads_isThat(String text, Duration expected) {
    assertThat(value(GoDuration.parse(text))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "5, has no unit (ns; us; ms; s; m; h)",
    "1.5, has no unit (ns; us; ms; s; m; h)",
    "'', is not a duration",
    "-, is not a duration",
    "s, is not a duration",
    "5 s, is not a duration",
    "1d, is not a duration",
    "1s!, is not a duration",
    "x1s, is not a duration",
    "2562047h47m16.854775808s, is longer than 292 years",
    "9999999999999999999999999999999999999h, is longer than 292 years"
  })
  void durationParse_wrong_saysWhat(String text, String why) {
    assertThat(why(GoDuration.parse(text))).isEqualTo(why.replace(';', ','));
  }

  @Test
  void durationParse_veryLong_isNotLookedAt() {
    assertThat(why(GoDuration.parse("1".repeat(70) + "s"))).contains("64 characters");
  }

  @ParameterizedTest
  @CsvSource({
    "PT0S, 0s",
    "PT1H, 1h",
    "PT1M30S, 1m30s",
    "PT1.5S, 1.5s",
    "PT0.5S, 500ms",
    "PT0.0000015S, 1.5us",
    "PT0.000000007S, 7ns",
    "PT-1M-0.5S, -1m0.5s",
    "PT49H0M1S, 49h1s"
  })
  void durationPrint_any_isShort(Duration duration, String expected) {
    assertThat(GoDuration.print(duration)).isEqualTo(expected);
  }

  @Test
  void durationPrintThenParse_any_isIdentity() {
    var random = new SplittableRandom(1);
    for (int i = 0; i < 2000; i++) {
      var duration = Duration.ofNanos(random.nextLong(-1L << (i % 62), (1L << (i % 62)) + 1));
      assertThat(value(GoDuration.parse(GoDuration.print(duration)))).isEqualTo(duration);
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "512, 512", "64Ki, 65536", "16Mi, 16777216", "2G, 2000000000", "3k, 3000"})
  void sizeParse_asKubernetesWrites_isThat(String text, long bytes) {
    assertThat(value(ByteSize.parse(text))).isEqualTo(bytes);
    assertThat(ByteSize.print(bytes)).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Ki", "-1", "1.5Gi", "1 Ki", "1KiB", "1m", "99999999999999999999"})
  void sizeParse_wrong_isRefused(String text) {
    assertThat(why(ByteSize.parse(text))).isEqualTo("is not a size in bytes");
  }

  @Test
  void sizeParse_beyondLong_isRefused() {
    assertThat(why(ByteSize.parse("9223372036854775808"))).contains("8 EiB");
    assertThat(value(ByteSize.parse("9223372036854775807"))).isEqualTo(Long.MAX_VALUE);
    assertThat(why(ByteSize.parse("8388608Ti"))).contains("8 EiB");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost:80",
        "10.0.0.1:65535",
        "[::1]:0",
        ":9401",
        "a-b.c:1",
        "[fe80::1%eth0]:1"
      })
  void addressParse_right_printsTheSame(String text) {
    assertThat(value(HostPort.parse(text))).hasToString(text);
  }

  @ParameterizedTest
  @CsvSource({
    "localhost, has no :PORT",
    "localhost:, has no port number after the last colon",
    "localhost:http, has no port number after the last colon",
    "a:65536, has a port above 65535",
    "::1:80, needs brackets around the IPv6 address",
    "[a]:80, has brackets around no IPv6 address",
    "http://a:80, needs brackets around the IPv6 address",
    "a b:80, has no valid host name",
    "-a:80, has no valid host name"
  })
  void addressParse_wrong_saysWhat(String text, String why) {
    if (text.startsWith("http")) {
      assertThat(why(HostPort.parse(text))).isNotEmpty();
    } else {
      assertThat(why(HostPort.parse(text))).isEqualTo(why);
    }
  }

  @Test
  void address_lookUp_isWhatASocketWants() {
    assertThat(new HostPort("", 80).lookUp().getAddress().isAnyLocalAddress()).isTrue();
    assertThat(new HostPort("::1", 80).lookUp().getAddress().isLoopbackAddress()).isTrue();
    assertThat(new HostPort("no-such-host.invalid", 80).lookUp().isUnresolved()).isTrue();
  }

  @Test
  void address_impossible_isABug() {
    assertThatThrownBy(() -> new HostPort("a", 65_536))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new HostPort("a", -1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new HostPort("a b", 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new HostPort("a".repeat(254), 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(why(HostPort.parse("a".repeat(254) + ":1"))).contains("host name");
  }

  @Test
  void serverAddress_withoutHostOrPort_isRefused() {
    var type = ScalarType.serverAddress();
    assertThat(why(type.parser().apply(":1"))).isEqualTo("has no host");
    assertThat(why(type.parser().apply("a:0"))).isEqualTo("has port 0");
    assertThat(value(type.parser().apply("a:1"))).isEqualTo(new HostPort("a", 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1.0", "0x10", "1e3", "99999999999999999999", "one", " 1"})
  void integer_noWholeNumber_isRefused(String text) {
    assertThat(why(ScalarType.integer(0, 9).parser().apply(text)))
        .isEqualTo("is not a whole number");
  }

  @Test
  void integer_atAndBeyondBounds_isJudged() {
    var type = ScalarType.integer(-1, 9);
    assertThat(value(type.parser().apply("-1"))).isEqualTo(-1);
    assertThat(value(type.parser().apply("9"))).isEqualTo(9);
    assertThat(why(type.parser().apply("10"))).isEqualTo("is out of range");
    assertThat(why(type.parser().apply("-2"))).isEqualTo("is out of range");
    assertThat(why(type.parser().apply("4294967296"))).isEqualTo("is out of range");
    assertThat(why(ScalarType.port().parser().apply("65536"))).isEqualTo("is out of range");
  }

  @Test
  void duration_atAndBeyondBounds_isJudged() {
    var type = ScalarType.duration(Duration.ofSeconds(1), Duration.ofSeconds(2));
    assertThat(type.allowed()).isEqualTo("a duration such as 500ms, 30s or 1m30s, 1s to 2s");
    assertThat(value(type.parser().apply("1s"))).isEqualTo(Duration.ofSeconds(1));
    assertThat(value(type.parser().apply("2s"))).isEqualTo(Duration.ofSeconds(2));
    assertThat(why(type.parser().apply("999ms"))).isEqualTo("is out of range");
    assertThat(why(type.parser().apply("2001ms"))).isEqualTo("is out of range");
  }

  @Test
  void byteSize_beyondBounds_isRefused() {
    var type = ScalarType.byteSize(1024, 2048);
    assertThat(value(type.parser().apply("2Ki"))).isEqualTo(2048);
    assertThat(why(type.parser().apply("1023"))).isEqualTo("is out of range");
    assertThat(why(type.parser().apply("3Ki"))).isEqualTo("is out of range");
  }

  @Test
  void text_emptyLongOrControl_isRefused() {
    var type = ScalarType.text("NAME");
    assertThat(why(type.parser().apply(""))).isEqualTo("is empty");
    assertThat(why(type.parser().apply("a\nb"))).isEqualTo("has a control character");
    assertThat(why(type.parser().apply("a".repeat(4097)))).isEqualTo("has 4097 characters");
    assertThat(value(type.parser().apply("größe"))).isEqualTo("größe");
  }

  @Test
  void bool_other_isRefused() {
    var type = ScalarType.bool();
    assertThat(value(type.parser().apply("true"))).isTrue();
    assertThat(value(type.parser().apply("false"))).isFalse();
    assertThat(why(type.parser().apply("yes"))).isEqualTo("is neither");
  }

  @Test
  void oneOf_constants_areWrittenWithHyphens() {
    var type = ScalarType.oneOf(Shape.class);
    assertThat(type.placeholder()).isEqualTo("round|half-round");
    assertThat(value(type.parser().apply("half-round"))).isEqualTo(Shape.HALF_ROUND);
    assertThat(why(type.parser().apply("HALF_ROUND"))).isEqualTo("is none of them");
    assertThat(type.printer().apply(Shape.ROUND)).isEqualTo("round");
  }

  @Test
  void filePath_nul_isRefused() {
    var type = ScalarType.filePath();
    assertThat(value(type.parser().apply("a/b.yaml"))).isEqualTo(Path.of("a/b.yaml"));
    assertThat(why(type.parser().apply(""))).isEqualTo("is empty");
  }

  @Test
  void uri_wrong_saysWhat() {
    var type = ScalarType.uri("http", "https");
    assertThat(value(type.parser().apply("http://a:9400/metrics")))
        .isEqualTo(URI.create("http://a:9400/metrics"));
    assertThat(value(type.parser().apply("HTTPS://a"))).isEqualTo(URI.create("HTTPS://a"));
    assertThat(why(type.parser().apply("ftp://a"))).isEqualTo("has another scheme");
    assertThat(why(type.parser().apply("a:9400"))).isEqualTo("has another scheme");
    assertThat(why(type.parser().apply("metrics"))).isEqualTo("has another scheme");
    assertThat(why(type.parser().apply("http:/a"))).isEqualTo("has no valid host name");
    assertThat(why(type.parser().apply("http://a_b/"))).isEqualTo("has no valid host name");
    assertThat(why(type.parser().apply("http://a b"))).startsWith("is not a URI: ");
    assertThat(why(type.parser().apply("http://u@a/"))).isEqualTo("has user information");
    assertThat(why(type.parser().apply("http://" + "a".repeat(5000)))).contains("characters");
  }

  @ParameterizedTest
  @CsvSource({
    "amqp://u:hunter2@h:5672/v, amqp://u:********@h:5672/v",
    "amqp://u@h, amqp://********@h",
    "amqp://h/v, amqp://h/v",
    "amqp://u:hunter2/x@y@h, amqp://u:********@h",
    "u:hunter2@h, u:********@h",
    "amqp:/u:hunter2@h, amqp:********@h",
    "amqp://:hunter2@h, amqp://:********@h",
    "x@amqp://h, ********@amqp://h"
  })
  void mask_password_isNeverShown(String text, String shown) {
    assertThat(SecretUri.mask(text)).isEqualTo(shown).doesNotContain("hunter2");
  }

  @Test
  void secretUri_shown_isMasked() {
    var type = ScalarType.secretUri("amqp", "amqps");
    SecretUri uri = value(type.parser().apply("amqp://u:hunter2@broker/"));
    assertThat(uri).hasToString("amqp://u:********@broker/");
    assertThat(uri.uri().getUserInfo()).isEqualTo("u:hunter2");
    assertThat(type.printer().apply(uri)).doesNotContain("hunter2");
    assertThat(why(type.parser().apply("amqp://u:hunter2%@broker/"))).doesNotContain("hunter2");
  }

  @ParameterizedTest
  @CsvSource({"rabbitmq.pollintervall, rabbitmq.pollInterval", "LISTEN, listen", "lsten, listen"})
  void nearest_slip_isFound(String name, String expected) {
    assertThat(NearestName.of(name, java.util.List.of("listen", "rabbitmq.pollInterval")))
        .contains(expected);
  }

  @Test
  void nearest_farOrHuge_isNone() {
    assertThat(NearestName.of("something", java.util.List.of("listen"))).isEmpty();
    assertThat(NearestName.of("x".repeat(101), java.util.List.of("x".repeat(101)))).isEmpty();
    assertThat(NearestName.hint("something", java.util.List.of("listen"))).isEmpty();
  }
}
