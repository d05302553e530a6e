package io.gpuscaling.core.exposition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.SeriesKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ExpositionReaderTest {

  private static final ExpositionReader READER = new ExpositionReader(ExpositionLimits.DEFAULT);

  private static ExpositionResult read(String page) {
    return READER.read(page.getBytes(StandardCharsets.UTF_8));
  }

  private static ExpositionResult.Page page(String text) {
    assertThat(read(text)).isInstanceOf(ExpositionResult.Page.class);
    return (ExpositionResult.Page) read(text);
  }

  private static SeriesKey key(String name, String... labels) {
    return new SeriesKey(name, Labels.of(labels));
  }

  private static ExpositionSample sample(double value, SeriesKey key) {
    return new ExpositionSample(key, value, ExpositionSample.NO_TIMESTAMP);
  }

  @Test
  void read_ordinaryPage_givesSamplesAndHeaders() {
    var page =
        page(
            """
            # HELP gpu_temp Temperature (in C)\\nof a \\\\ die "x".
            # TYPE gpu_temp gauge
            # just a comment
            #HELP no header

            gpu_temp{gpu="0", UUID="GPU-1" , } 41
            gpu_temp{ gpu = "1",UUID="GPU-2"} -1.5e1 1700000000123
            up 1
            \tblanks:and_tabs \t {a="b"}\t2.5\t-7\t
            """);

    assertThat(page.samples())
        .containsExactly(
            sample(41, key("gpu_temp", "gpu", "0", "UUID", "GPU-1")),
            new ExpositionSample(
                key("gpu_temp", "gpu", "1", "UUID", "GPU-2"), -15, 1_700_000_000_123L),
            sample(1, key("up")),
            new ExpositionSample(key("blanks:and_tabs", "a", "b"), 2.5, -7));
    assertThat(page.headers())
        .containsExactly(
            entry(
                "gpu_temp",
                new FamilyHeader(
                    "gpu_temp", FamilyType.GAUGE, "Temperature (in C)\nof a \\ die \"x\".")));
    assertThat(page.counts().skippedLines()).isZero();
    assertThat(page.cut()).isFalse();
    assertThat(page.sampleLines()).isEqualTo(4);
    assertThat(page.samples().getFirst().label("UUID")).isEqualTo("GPU-1");
    assertThat(page.samples().getFirst().label("nobody")).isEmpty();
    assertThat(page.samples().getFirst().name()).isEqualTo("gpu_temp");
  }

  @Test
  void read_escapes_areUndoneAndOthersKept() {
    var page = page("m{a=\"q\\\"b\\\\s\\nl\\tx\",b=\"}#,\",c=\"ü€\"} 1\n");

    assertThat(page.samples())
        .containsExactly(sample(1, key("m", "a", "q\"b\\s\nl\\tx", "b", "}#,", "c", "ü€")));
  }

  @Test
  void read_crlf_isReadAsLf() {
    var page = page("# TYPE m gauge\r\nm{a=\"b\"} 40\r\n\r\nn 3\r\n");

    assertThat(page.samples()).containsExactly(sample(40, key("m", "a", "b")), sample(3, key("n")));
    assertThat(page.counts().skippedLines()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"m 1\nn{a=\"b", "m 1\nn 4", "m 1\n# TYPE n ga"})
  void read_lastLineWithoutLineFeed_isCutAndNeverAValue(String text) {
    var page = page(text);

    assertThat(page.samples()).containsExactly(sample(1, key("m")));
    assertThat(page.cut()).isTrue();
    assertThat(page.counts().skipped()).containsExactly(entry(SkipReason.UNTERMINATED, 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n\n", "# TYPE m gauge\n", "m 1\n  ", "# nothing\n"})
  void read_pageWithoutBadLine_isNotCut(String text) {
    assertThat(page(text).cut()).isFalse();
    assertThat(page(text).counts().skippedLines()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{a=\"b\"} 1|BAD_NAME",
        "<html>|BAD_NAME",
        "1m 1|BAD_NAME",
        "{\"utf8.name\"} 1|BAD_NAME",
        "m{a=\"b\" 1|BAD_LABELS",
        "m{a=\"b} 1|BAD_LABELS",
        "m{a=\"b\\\"} 1|BAD_LABELS",
        "m{a} 1|BAD_LABELS",
        "m{a=b} 1|BAD_LABELS",
        "m{1a=\"b\"} 1|BAD_LABELS",
        "m{=\"b\"} 1|BAD_LABELS",
        "m{a=} 1|BAD_LABELS",
        "m{a=\"b\"c=\"d\"} 1|BAD_LABELS",
        "m{a=\"b\",,} 1|BAD_LABELS",
        "m{a:b=\"b\"} 1|BAD_LABELS",
        "m{a=\"b\",a=\"c\"} 1|DUPLICATE_LABEL",
        "m|BAD_VALUE",
        "m{a=\"b\"}|BAD_VALUE",
        "m ERROR - FAILED TO CONVERT TO STRING|BAD_VALUE",
        "m{a=\"b\"} <<<NULL>>>|BAD_VALUE",
        "m 0x1p3|BAD_VALUE",
        "m 1_000|BAD_VALUE",
        "m 1d|BAD_VALUE",
        "m 1e|BAD_VALUE",
        "m 1e+|BAD_VALUE",
        "m 1.2.3|BAD_VALUE",
        "m .|BAD_VALUE",
        "m +|BAD_VALUE",
        "m 1e999|BAD_VALUE",
        "m Infinite|BAD_VALUE",
        "m 1 2 3|BAD_TIMESTAMP",
        "m 1 1.5|BAD_TIMESTAMP",
        "m 1 -|BAD_TIMESTAMP",
        "m 1 12345678901234567890|BAD_TIMESTAMP",
        "m 1 # {a=\"b\"} 2|BAD_TIMESTAMP",
        "# TYPE m gouge|BAD_HEADER",
        "# TYPE m|BAD_HEADER",
        "# TYPE|BAD_HEADER",
        "# HELP 1m text|BAD_HEADER",
        "# HELP m{ text|BAD_HEADER",
      })
  void read_badLine_isSkippedWithItsReasonAndTheRestRead(String line, SkipReason reason) {
    var page = page("before 1\n" + line + "\nafter 2\n");

    assertThat(page.samples()).containsExactly(sample(1, key("before")), sample(2, key("after")));
    assertThat(page.counts().skipped()).containsExactly(entry(reason, 1));
    assertThat(page.counts().skippedLines()).isOne();
  }

  @Test
  void read_badUtf8_isSkipped() {
    byte[] page =
        "m{a=\"x\"} 1\nm{a=\"\\\\x\"} 1\nm{a=\"y\"} 1\n# HELP m x\n"
            .getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < page.length; i++) {
      page[i] = page[i] == 'x' ? (byte) 0xff : page[i];
    }

    var result = (ExpositionResult.Page) READER.read(page);

    assertThat(result.samples()).containsExactly(sample(1, key("m", "a", "y")));
    assertThat(result.counts().skipped()).containsExactly(entry(SkipReason.BAD_UTF8, 3));
  }

  @ParameterizedTest
  @CsvSource({
    "0,0",
    "-0,-0.0",
    "+1,1",
    "007,7",
    ".5,0.5",
    "5.,5",
    "1e3,1000",
    "1E-3,0.001",
    "0.995630,0.99563",
    "409.692000,409.692",
    "9223372036854775794,9.223372036854775794e18",
    "140737488355328.000000,140737488355328",
    "9007199254740993,9007199254740993",
    "0.1234567890123456789012345,0.12345678901234568",
    "123456789012345678901234567890,1.2345678901234568e29",
    "0.00000000000000000000000000001,1e-29",
  })
  void read_numbers_areExactlyRounded(String text, double expected) {
    assertThat(page("m " + text + "\n").samples().getFirst().value()).isEqualTo(expected);
  }

  @Test
  void read_nanInfinitiesAndDuplicates_areCountedApart() {
    var page =
        page(
            """
            m{i="1"} NaN
            m{i="2"} +Inf
            m{i="3"} -inf
            m{i="4"} Infinity
            m{a="1",b="2"} 10
            m{b="2",a="1"} 90
            # TYPE m gauge
            # TYPE m counter
            # HELP m first
            # HELP m second
            """);

    assertThat(page.samples()).containsExactly(sample(10, key("m", "a", "1", "b", "2")));
    assertThat(page.counts().nonFiniteValues()).isEqualTo(4);
    assertThat(page.counts().duplicates()).isEqualTo(1);
    assertThat(page.counts().skippedLines()).isZero();
    assertThat(page.sampleLines()).isEqualTo(6);
    assertThat(page.headers())
        .containsExactly(entry("m", new FamilyHeader("m", FamilyType.GAUGE, "first")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<!DOCTYPE html>\n<html><body>502 Bad Gateway</body></html>\n",
        "internal server error\n",
        "{\"error\": \"nope\"}\n",
      })
  void read_somethingElse_isRefused(String text) {
    assertThat(read(text)).isEqualTo(new ExpositionResult.Refused(RefusalReason.NOT_EXPOSITION, 0));
  }

  @Test
  void read_manyBadLinesFirst_givesUpEarly() {
    String html = "<p>\n".repeat(PageScan.MAX_BAD_LINES_BEFORE_A_GOOD_ONE + 1) + "m 1\n";

    assertThat(read(html))
        .isEqualTo(
            new ExpositionResult.Refused(
                RefusalReason.NOT_EXPOSITION, PageScan.MAX_BAD_LINES_BEFORE_A_GOOD_ONE + 1));
    assertThat(page("<p>\n".repeat(PageScan.MAX_BAD_LINES_BEFORE_A_GOOD_ONE) + "m 1\n").samples())
        .hasSize(1);
    assertThat(page("m 1\n" + "<p>\n".repeat(1000)).counts().skippedLines()).isEqualTo(1000);
  }

  @Test
  void read_manyTextValuesFirst_doesNotGiveUp() {
    String text =
        IntStream.range(0, 500)
            .mapToObj(i -> "pids{gpu=\"" + i + "\"} ERROR - FAILED TO CONVERT TO STRING\n")
            .collect(Collectors.joining());

    assertThat(page(text).counts().skipped()).containsExactly(entry(SkipReason.BAD_VALUE, 500));
    assertThat(page(text + "m 1\n").samples()).hasSize(1);
  }

  @Test
  void read_overALimit_refusesThePage() {
    var limits = new ExpositionLimits(200, 60, 3, 2, 2, 8, 5);
    var expected = new ArrayList<String>();
    for (String text :
        List.of(
            "m 1\n".repeat(51),
            "m 1\n# " + "x".repeat(60) + "\n",
            "m 1\nm{a=\"1\"} 1\nm{a=\"2\"} NaN\nm{a=\"3\"} 1\n",
            "a 1\nb 1\nc 1\n",
            "a 1\nb 1\n# TYPE c gauge\n",
            "m{a=\"\",b=\"\",c=\"\"} 1\n",
            "m12345678 1\n",
            "m{a12345678=\"\"} 1\n",
            "m{a=\"123456\"} 1\n")) {
      expected.add(
          switch (new ExpositionReader(limits).read(text.getBytes(StandardCharsets.UTF_8))) {
            case ExpositionResult.Page _ -> "read";
            case ExpositionResult.Refused(RefusalReason reason, int line) ->
                reason.label() + ":" + line;
          });
    }

    assertThat(expected)
        .containsExactly(
            "body_too_large:0",
            "line_too_long:2",
            "too_many_samples:4",
            "too_many_families:3",
            "too_many_families:3",
            "too_many_labels:1",
            "name_too_long:1",
            "name_too_long:1",
            "label_value_too_long:1");
  }

  @Test
  void read_atTheLimits_reads() {
    var limits = new ExpositionLimits(56, 33, 3, 1, 2, 8, 5);
    String text = "m1234567{a=\"12345\",b=\"12345\"} 123\nm1234567 1\nm1234567 2\n";

    assertThat(new ExpositionReader(limits).read(text.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(ExpositionResult.Page.class);
  }
}
