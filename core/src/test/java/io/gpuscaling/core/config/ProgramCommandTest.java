package io.gpuscaling.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProgramCommandTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final List<Configuration> runs = new ArrayList<>();

  private int execute(String... arguments) {
    var show =
        new Subcommand(
            "show",
            "FILE|-",
            "Shows a file.",
            List.of(
                new Subcommand.Option(
                    "--output", List.of("json", "table"), "table", "Form of the output.")),
            ProgramCommandTest::show);
    var command =
        new ProgramCommand(
            new ProgramAbout("bell", "1.2.3", "Rings when a queue grows, and says so aloud."),
            BellConfig.schema(),
            List.of(show),
            configuration -> {
              runs.add(configuration);
              return 7;
            });
    return command.execute(
        List.of(arguments),
        Map.of(),
        new ProgramStreams(
            new ByteArrayInputStream("piped".getBytes(StandardCharsets.UTF_8)),
            new PrintWriter(out),
            new PrintWriter(err)));
  }

  private static int show(Subcommand.Call call) {
    try {
      String in = new String(call.in().readAllBytes(), StandardCharsets.UTF_8);
      call.out().println(call.options() + " " + call.arguments() + " " + in);
      return call.configuration() instanceof ConfigResult.Valid ? 0 : 3;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void execute_noSubcommand_runsTheProgram() {
    assertThat(execute("--node-name=n1")).isEqualTo(7);
    assertThat(runs).hasSize(1);
    assertThat(runs.getFirst().get(BellConfig.NODE_NAME)).isEqualTo("n1");
    assertThat(out.toString() + err).isEmpty();
  }

  @Test
  void execute_problems_printsAllAndDoesNotRun() {
    assertThat(execute("--listen=x", "--colour=red")).isEqualTo(2);
    assertThat(runs).isEmpty();
    assertThat(out.toString()).isEmpty();
    assertThat(err.toString())
        .startsWith("bell: configuration has 3 problems:\n  - --colour")
        .contains("\n  - listen \"x\"")
        .contains("\n  - nodeName")
        .endsWith("See bell --help.\n");
  }

  @Test
  void checkConfig_valid_printsWhatIsInForce() {
    assertThat(execute("check-config", "--node-name=n1")).isEqualTo(0);
    assertThat(out.toString())
        .startsWith("configuration is valid\nlisten = 127.0.0.1:9401  (default)\n")
        .contains("nodeName = n1  (flag --node-name)");
    assertThat(runs).isEmpty();
  }

  @Test
  void checkConfig_flagsBeforeAndAfter_areTheSame() {
    assertThat(execute("--node-name=n1", "check-config", "--listen", "a:1")).isEqualTo(0);
    assertThat(out.toString()).contains("nodeName = n1", "listen = a:1");
    assertThat(execute("--node-name=n1", "check-config", "--node-name=n2")).isEqualTo(2);
    assertThat(err.toString()).contains("\"n1, n2\" (flag --node-name): is given 2 times");
  }

  @Test
  void checkConfig_invalid_exitsWithUsage() {
    assertThat(execute("check-config")).isEqualTo(2);
    assertThat(err.toString()).startsWith("configuration has 1 problem:\n  - nodeName");
    assertThat(out.toString()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "show, '{--output=table} [] piped'",
    "show -, '{--output=table} [-] piped'",
    "show --output json f, '{--output=json} [f] piped'",
    "show f --output=json, '{--output=json} [f] piped'",
    "show --node-name=n f, '{--output=table} [f] piped'"
  })
  void subcommand_optionsAndArgument_arePassed(String line, String expected) {
    assertThat(execute(line.split(" "))).isEqualTo(line.contains("node-name") ? 0 : 3);
    assertThat(out.toString()).isEqualTo(expected + "\n");
  }

  @ParameterizedTest
  @CsvSource({
    "show --output=yaml, is unknown; allowed: json table",
    "show a b, is one argument too many",
    "show --bad, is not a known flag",
    "shwo, 'is one argument too many; did you mean show?'",
    "check-config x, is one argument too many"
  })
  void subcommand_misused_exitsWithUsage(String line, String expected) {
    assertThat(execute(line.split(" "))).isEqualTo(2);
    assertThat(err.toString().replace(", table", " table")).contains(expected);
    assertThat(out.toString()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"--version", "-V", "check-config --version"})
  void version_isPrinted(String line) {
    assertThat(execute(line.split(" "))).isEqualTo(0);
    assertThat(out.toString()).isEqualTo("bell 1.2.3\n");
  }

  @ParameterizedTest
  @CsvSource({"--help", "-h", "show --help", "--help --listen=bad"})
  void help_anywhere_fits80Columns(String line) {
    assertThat(execute(line.split(" "))).isEqualTo(0);
    assertThat(out.toString().lines()).allSatisfy(l -> assertThat(l).hasSizeLessThanOrEqualTo(80));
    assertThat(out.toString())
        .startsWith("Usage: bell [FLAGS] [COMMAND]\n")
        .contains("\nCommands:\n  check-config\n      Checks")
        .contains("  show [FILE|-]\n      Shows a file.\n      --output json|table: Form")
        .contains(
            """
            Bell:
              --bell-poll-interval DURATION
                  Time between two polls. Default: 1s. [GPUSCALING_BELL_POLL_INTERVAL]
            """)
        .contains("  --bell-is-loud[=BOOL]\n")
        .contains("Queues to poll. Repeatable. Default: none. [GPUSCALING_BELL_QUEUES]")
        .contains("Name of this node. Must be set. [GPUSCALING_NODE_NAME]")
        .contains("  bell.grants (in the file only)\n");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void option_defaultNotAllowed_isABug() {
    assertThatThrownBy(() -> new Subcommand.Option("--o", List.of("a"), "b", "d"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void about_unpackedClass_hasAVersion() {
    assertThat(ProgramAbout.of("bell", "s", ProgramCommandTest.class).version())
        .isEqualTo("unpacked");
    assertThat(ProgramAbout.of("bell", "s", Test.class).version()).startsWith("5.");
  }

  @Test
  void streamsOfProcess_areUtf8() {
    assertThat(ProgramStreams.ofProcess().in()).isSameAs(System.in);
  }
}
