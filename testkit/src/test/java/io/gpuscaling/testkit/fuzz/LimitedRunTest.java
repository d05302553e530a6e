package io.gpuscaling.testkit.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LimitedRunTest {

  private static List<String> inputs() {
    var inputs = new ArrayList<String>();
    LimitedRun.of(
        data -> inputs.add(new String(data, StandardCharsets.ISO_8859_1)),
        LimitedRunTest.class,
        "limited");
    return inputs;
  }

  @Test
  void of_seed_isRunAsItIsAndChangedTheSameWayEachTime() {
    List<String> inputs = inputs();

    assertThat(inputs.getFirst()).isEqualTo("seed");
    assertThat(new HashSet<>(inputs)).hasSizeGreaterThan(5_000);
    assertThat(inputs()).isEqualTo(inputs);
  }

  @Test
  void of_targetThatFindsSomething_showsTheInput() {
    assertThatThrownBy(() ->
            LimitedRun.of(
                data -> {
                  if (new String(data, StandardCharsets.ISO_8859_1).contains("\"")) {
                    throw new IllegalStateException("found");
                  }
                },
                LimitedRunTest.class,
                "limited"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("found by \"")
        .hasMessageContaining("\\\"");
  }
}
