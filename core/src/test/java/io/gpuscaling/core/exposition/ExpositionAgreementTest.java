package io.gpuscaling.core.exposition;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * The fast reader against the obvious one, over pages that are made at random and then damaged.
 * {@code -Dpages.seed=} repeats a run.
 */
final class ExpositionAgreementTest {

  private static final int PAGES = 3_000;
  private static final List<String> NAMES = List.of("a", "DCGM_FI_DEV_FB_USED", "b:c_9", "dcgm_x");
  private static final List<String> LABELS =
      List.of(
          "",
          "{}",
          "{x=\"1\"}",
          "{x=\"1\",y=\"2\"}",
          "{y=\"2\",x=\"1\"}",
          "{ y = \"2\" , x=\"1\", }",
          "{x=\"a}b\"}",
          "{x=\"a\\\"b\\\\\",y=\"\\n\\t\"}",
          "{x=\"é€\"}",
          "{gpu=\"0\",UUID=\"GPU-1\",device=\"nvidia0\",Hostname=\"n\"}",
          "{gpu=\"1\",UUID=\"GPU-2\",device=\"nvidia1\",Hostname=\"n\"}",
          "{x=\"1\",x=\"2\"}",
          "{x=1}");
  private static final List<String> VALUES =
      List.of(
          " 1",
          " 0.25",
          "\t-3",
          " 1e3",
          " NaN",
          " +Inf",
          " 9223372036854775794",
          " 12 1700000000000",
          " 5 x",
          " ",
          "",
          " ERROR - NO",
          " 0x1",
          " 1.7976931348623157e309",
          " .5",
          " 5.",
          "7",
          " 1 -2 ");
  private static final List<String> OTHERS =
      List.of(
          "", "# HELP a text", "# TYPE a gauge", "# EOF", "#", "  ", "<html>", "failed to write");

  private final SplittableRandom random =
      new SplittableRandom(Long.getLong("pages.seed", 20_261_125L));

  private <T> T any(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  private byte[] page() {
    var text = new StringBuilder();
    String end = random.nextInt(5) == 0 ? "\r\n" : "\n";
    // As in real pages the same label sets come again and again, in the same order.
    List<String> sets = new ArrayList<>();
    for (int i = random.nextInt(4) + 1; i > 0; i--) {
      sets.add(any(LABELS));
    }
    for (int family = random.nextInt(6); family >= 0; family--) {
      String name = any(NAMES);
      for (String set : sets) {
        text.append(name).append(random.nextInt(20) == 0 ? any(LABELS) : set).append(any(VALUES));
        text.append(end);
      }
      if (random.nextInt(3) == 0) {
        text.append(any(OTHERS)).append(end);
      }
    }
    byte[] page = text.toString().getBytes(StandardCharsets.UTF_8);
    for (int damage = random.nextInt(3); damage > 0 && page.length > 0; damage--) {
      page[random.nextInt(page.length)] =
          any(
              List.of(
                  (byte) '"',
                  (byte) '}',
                  (byte) '{',
                  (byte) '\n',
                  (byte) '\\',
                  (byte) 0xff,
                  (byte) ' ',
                  (byte) ',',
                  (byte) 'x',
                  (byte) '\r'));
    }
    return random.nextInt(3) == 0 && page.length > 0
        ? Arrays.copyOf(page, random.nextInt(page.length))
        : page;
  }

  @Test
  void bothReaders_sayTheSame() {
    var reader = new ExpositionReader(ExpositionLimits.DEFAULT);
    int read = 0;
    for (int i = 0; i < PAGES; i++) {
      byte[] page = page();
      ObviousReader.Said said = ObviousReader.read(page);
      String text = "page " + i + ":\n" + new String(page, StandardCharsets.ISO_8859_1);
      switch (reader.read(page)) {
        case ExpositionResult.Page got -> {
          read++;
          assertThat(got.samples()).as(text).containsExactlyElementsOf(said.samples());
          assertThat(got.counts().nonFiniteValues()).as(text).isEqualTo(said.nonFinite());
          assertThat(got.counts().duplicates()).as(text).isEqualTo(said.duplicates());
          assertThat(got.cut()).as(text).isEqualTo(said.cut());
          assertThat(got.counts().skipped()).as(text).isEqualTo(said.skipped());
        }
        case ExpositionResult.Refused refused -> {
          assertThat(refused.reason()).as(text).isEqualTo(RefusalReason.NOT_EXPOSITION);
          assertThat(said.samples()).as(text).isEmpty();
        }
      }
    }
    assertThat(read).isGreaterThan(PAGES / 2);
  }
}
