package io.gpuscaling.adapter.api.selector;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.gpuscaling.testkit.fuzz.LimitedRun;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Any text as a selector: the parser and a slow reading by regular expressions agree. */
public class SelectorFuzzTest {

  private static final List<Map<String, String>> THINGS =
      List.of(
          Map.of(),
          Map.of("a", "b"),
          Map.of("a", ""),
          Map.of("a", "7", "b", "x"),
          Map.of("x", "y", "b", "-3", "in", "notin"),
          Map.of("notin", "in", "k8s.io/a", "b", "a", "9223372036854775807"));

  /** What {@code make fuzz} runs. */
  public static void fuzzerTestOneInput(byte[] data) {
    String text = new String(data, StandardCharsets.ISO_8859_1);
    SlowSelector slow = SlowSelector.parse(text);
    switch (LabelSelector.parse(text)) {
      case LabelSelector.Parsed.Invalid(String message) -> {
        assertThat(slow).as("refused: %s", message).isNull();
        assertThat(message).isNotBlank().hasSizeLessThan(500);
      }
      case LabelSelector.Parsed.Valid(LabelSelector fast) -> {
        if (slow == null) {
          throw new AssertionError("accepted: " + fast);
        }
        for (Map<String, String> thing : THINGS) {
          assertThat(fast.matches(thing)).as("%s", thing).isEqualTo(slow.matches(thing));
        }
        assertThat(LabelSelector.parse(fast.toString()))
            .isEqualTo(new LabelSelector.Parsed.Valid(fast));
      }
    }
    checkFields(text);
  }

  private static void checkFields(String text) {
    if (FieldSelector.parse(text) instanceof FieldSelector.Parsed.Valid(FieldSelector fields)) {
      fields
          .requiredName()
          .ifPresent(
              name -> assertThat(fields.matches(name, "ns") || fields.terms().size() > 1).isTrue());
      String canonical =
          String.join(
              ",",
              fields.terms().stream()
                  .map(term -> term.field() + (term.isNegated() ? "!=" : "==") + term.value())
                  .toList());
      assertThat(FieldSelector.parse(canonical)).isEqualTo(new FieldSelector.Parsed.Valid(fields));
    }
  }

  @FuzzTest(maxDuration = "10s")
  void selector(byte[] data) {
    fuzzerTestOneInput(data);
  }

  @Test
  void limitedRun_findsNothing() {
    LimitedRun.of(SelectorFuzzTest::fuzzerTestOneInput, SelectorFuzzTest.class, "selector");
  }
}
