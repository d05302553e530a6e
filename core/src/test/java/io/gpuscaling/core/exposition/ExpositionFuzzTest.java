package io.gpuscaling.core.exposition;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.gpuscaling.testkit.fuzz.LimitedRun;
import org.junit.jupiter.api.Test;

/** Any bytes as a page: the reader never fails, and says what the obvious one says. */
public class ExpositionFuzzTest {

  private static final ExpositionReader READER = new ExpositionReader(ExpositionLimits.DEFAULT);

  /** What {@code make fuzz} runs. */
  public static void fuzzerTestOneInput(byte[] data) {
    ObviousReader.Said said = ObviousReader.read(data);
    switch (READER.read(data)) {
      case ExpositionResult.Page page -> {
        assertThat(page.samples()).containsExactlyElementsOf(said.samples());
        assertThat(page.counts().skipped()).isEqualTo(said.skipped());
        assertThat(page.counts().duplicates()).isEqualTo(said.duplicates());
        assertThat(page.counts().nonFiniteValues()).isEqualTo(said.nonFinite());
        assertThat(page.cut()).isEqualTo(said.cut());
      }
      case ExpositionResult.Refused(RefusalReason reason, int line) -> {
        assertThat(line).isNotNegative();
        if (reason == RefusalReason.NOT_EXPOSITION) {
          assertThat(said.samples()).isEmpty();
        }
      }
    }
  }

  @FuzzTest(maxDuration = "10s")
  void page(byte[] data) {
    fuzzerTestOneInput(data);
  }

  @Test
  void limitedRun_findsNothing() {
    LimitedRun.of(ExpositionFuzzTest::fuzzerTestOneInput, ExpositionFuzzTest.class, "page");
  }
}
