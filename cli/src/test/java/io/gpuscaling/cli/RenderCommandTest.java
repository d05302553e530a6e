package io.gpuscaling.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the API server answers, drawn. */
class RenderCommandTest {

  private static final Path FILES = Path.of("src", "test", "resources", "render");
  private static final Pattern COLOUR = Pattern.compile("\u001b\\[\\d+m");

  private static String json(String name) throws IOException {
    return Files.readString(FILES.resolve(name + ".json"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"explain", "refused", "status", "list", "hpa", "top"})
  void whatThereIsNow_isDrawnAsAgreed(String name) throws IOException {
    Run run = Run.piped(json(name), "render");

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).isEqualTo(Files.readString(FILES.resolve(name + ".txt")));
  }

  @ParameterizedTest
  @CsvSource({
    "at-0312, --at=03:12",
    "at-0307, --at=03:07",
    "at-day-before, --at=2026-11-24T23:00",
    "at-too-early, --at=2026-11-24T05:00:00Z",
    "since-1h, --since=1h",
    "since-24h, --since=24h",
    "since-1s, --since=1s",
  })
  void whatThereWas_isDrawnAsAgreed(String name, String option) throws IOException {
    Run run = Run.piped(json("explain"), "render", option, "--zone=UTC");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).isEqualTo(Files.readString(FILES.resolve(name + ".txt")));
  }

  @Test
  void timeOfDayThatIsStillToCome_isThatOfYesterday() throws IOException {
    assertThat(Run.piped(json("explain"), "render", "--at=22:30", "--zone=UTC").out())
        .contains("at 2026-11-24T22:30:00Z", "stays at 2");
    assertThat(Run.piped(json("explain"), "render", "--at=23:30", "--zone=Europe/Berlin").out())
        .contains("at 2026-11-24T22:30:00Z");
  }

  @Test
  void colours_changeNothingButTheTone() throws IOException {
    Run run = Run.piped(json("explain"), "render", "--color=always");

    assertThat(run.out()).contains("\u001b[31mclosed  \u001b[0m");
    assertThat(COLOUR.matcher(run.out()).replaceAll("").lines().map(String::stripTrailing))
        .containsExactlyElementsOf(Files.readString(FILES.resolve("explain.txt")).lines().toList());
  }

  @Test
  void noLineIsLongerThan80Columns_andNothingSteersTheTerminal() throws IOException {
    var random = new SplittableRandom(11);
    for (String name : new String[] {"explain", "status", "list", "hpa", "top"}) {
      for (int i = 0; i < 20; i++) {
        String longer = "w".repeat(random.nextInt(1, 300));
        String spoilt =
            json(name)
                .replace("worker", longer)
                .replace("queue", "q\\u001b[2J" + "q".repeat(random.nextInt(90)))
                .replace("asks", "asks\\n" + longer);
        // The kinds of metrics are words of ours.
        Run run = Run.piped(spoilt, "render", "--color=never");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).doesNotContain("\u001b");
        assertThat(run.out().lines()).allSatisfy(it -> assertThat(it).hasSizeLessThan(81));
      }
    }
  }

  @Test
  void yaml_isWhatWasRead() throws IOException {
    assertThat(Run.piped(json("refused"), "render", "-o", "yaml").out())
        .startsWith("---\n")
        .contains("reason: PoolNotFound");
  }

  @Test
  void fileInsteadOfAPipe() {
    assertThat(Run.of("render", FILES.resolve("refused.json").toString()).out())
        .contains("PoolNotFound");
  }

  @Test
  void whatCannotBeUsed_isAllNamed() {
    Run run =
        Run.piped("{\"kind\":", "render", "--at=soon", "--since=5", "--zone=Moon/Base", "-", "no");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err())
        .contains(
            "--zone Moon/Base: must be a zone such as Europe/Berlin or UTC\n",
            "--at soon: must be a time such as 03:12 or 2026-11-25T03:12:00Z\n",
            "--since 5: has no unit (ns, us, ms, s, m, h)\n",
            "standard input: text: is not JSON: ",
            "no: file: does not exist\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "[]", "3", "{\"kind\":\"Pod\"}"})
  void nothingToDraw_saysWhatCanBeDrawn(String input) {
    Run run = Run.piped(input, "render");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).startsWith("there is nothing to draw");
  }

  @Test
  void noPolicies_areSaidToBeNone() {
    assertThat(Run.piped("{\"kind\":\"List\",\"items\":[]}", "render").out())
        .isEqualTo("no ScalingPolicy\n");
  }
}
