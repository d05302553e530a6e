package io.gpuscaling.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.config.ProgramAbout;
import io.gpuscaling.core.config.ProgramStreams;
import io.gpuscaling.testkit.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The man pages say what the commands take. After a change of a command write them anew: {@code
 * build/maven -pl cli -am test -Dtest=ManPageTest -Dsurefire.failIfNoSpecifiedTests=false
 * -Ddocs.write=true}.
 */
class ManPageTest {

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path PAGES = ROOT.resolve("docs/man");
  private static final String PLUGIN = ROOT.resolve("bin/kubectl-gpuscaling").toString();
  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final Pattern OPTION = Pattern.compile("--[a-z][a-z-]*");

  /** One of those that are explained together. */
  private static final List<String> VERBS =
      List.of("list", "status", "explain", "pause", "freeze", "top", "generate");

  private static String plugin(String... arguments) {
    List<String> command = new ArrayList<>(List.of(PLUGIN));
    command.addAll(List.of(arguments));
    return Command.run(command, DEADLINE).orThrow();
  }

  private static void isAsMade(String name, String made) throws IOException {
    Path page = PAGES.resolve(name);
    if (Boolean.getBoolean("docs.write")) {
      Files.createDirectories(PAGES);
      Files.writeString(page, made);
    }
    assertThat(Files.readString(page)).isEqualTo(made);
  }

  @Test
  void gpuscaling_hasEveryCommandAndOption() throws IOException {
    var about = new ProgramAbout("gpuscaling", "1.2.3", "Test.");
    var top = new Gpuscaling(about, ProgramStreams.ofProcess()).spec();

    isAsMade("gpuscaling.1", ManPage.of(top, "scaling policies without a cluster"));
    String page = Files.readString(PAGES.resolve("gpuscaling.1"));
    assertThat(page).contains(".SH gpuscaling render", ".B \\-\\-since DURATION", ".B 0\nall went");
  }

  @Test
  void kubectlGpuscaling_isWhatTheScriptSays() throws IOException {
    List<String> verbs = VERBS.stream().map(it -> plugin("help", it)).toList();

    isAsMade("kubectl-gpuscaling.1", ManPage.of(plugin("--help"), verbs));
  }

  @Test
  void everyOptionThatTheScriptTakes_isExplained_andNoOther() throws IOException {
    String script = Files.readString(Path.of(PLUGIN));
    int begin = script.indexOf("while [ $# -gt 0 ]; do");
    String parsing = script.substring(begin, script.indexOf("\ndone\n", begin));
    String help =
        plugin("--help")
            + VERBS.stream().map(it -> plugin("help", it)).collect(Collectors.joining());

    Set<String> taken = options(parsing);
    taken.removeAll(List.of("--help", "--cluster", "--user"));
    Set<String> explained = options(help);
    explained.addAll(List.of("--namespace", "--output"));
    explained.removeAll(List.of("--capsule", "--help"));
    assertThat(explained).isEqualTo(taken);
  }

  private static Set<String> options(String text) {
    return OPTION
        .matcher(text)
        .results()
        .map(MatchResult::group)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "list",
        "status",
        "explain",
        "pause",
        "override",
        "resume",
        "freeze",
        "unfreeze",
        "top",
        "generate"
      })
  void everyVerb_hasHelp_inBothWays(String verb) {
    assertThat(plugin("help", verb))
        .contains("kubectl gpuscaling " + verb, "Needs ")
        .isEqualTo(plugin(verb, "--help"));
    assertThat(plugin("--help")).contains("kubectl gpuscaling " + verb);
  }

  @Test
  void helpOfACommand_isItsOwnHelp() {
    assertThat(Run.of("help", "render").out()).isEqualTo(Run.of("render", "--help").out());
    assertThat(Command.run(List.of(PLUGIN, "help", "none"), DEADLINE).exitCode()).isEqualTo(2);
    assertThat(Arrays.asList(plugin("help").split("\n", -1)).getFirst())
        .contains("Asks and steers");
  }
}
