package io.gpuscaling.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigReaderTest {

  @TempDir private Path folder;

  private static Configuration valid(List<String> arguments, Map<String, String> environment) {
    return switch (ConfigReader.read(BellConfig.schema(), arguments, environment)) {
      case ConfigResult.Valid(Configuration configuration) -> configuration;
      case ConfigResult.Invalid(ConfigProblems problems) ->
          throw new AssertionError(problems.toString());
    };
  }

  private static List<String> problems(List<String> arguments, Map<String, String> environment) {
    return switch (ConfigReader.read(BellConfig.schema(), arguments, environment)) {
      case ConfigResult.Valid _ -> List.of();
      case ConfigResult.Invalid(ConfigProblems problems) ->
          problems.list().stream().map(ConfigProblem::toString).toList();
    };
  }

  private String file(String yaml) {
    try {
      return Files.writeString(folder.resolve("c.yaml"), yaml).toString();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private List<String> withFile(String yaml, String... arguments) {
    var all = new ArrayList<>(List.of("--node-name=n1", "--config", file(yaml)));
    all.addAll(List.of(arguments));
    return all;
  }

  private List<String> fileProblems(String yaml) {
    return problems(withFile(yaml), Map.of()).stream()
        .map(problem -> problem.replace(folder.toString() + "/", ""))
        .toList();
  }

  @Test
  void read_nothingSet_defaultsHold() {
    Configuration config = valid(List.of("--node-name", "n1"), Map.of());

    assertThat(config.get(BellConfig.LISTEN)).isEqualTo(new HostPort("127.0.0.1", 9401));
    assertThat(config.get(BellConfig.POLL_INTERVAL)).isEqualTo(Duration.ofSeconds(1));
    assertThat(config.get(BellConfig.BROKER)).isEmpty();
    assertThat(config.get(BellConfig.QUEUES)).isEmpty();
    assertThat(config.get(BellConfig.GRANTS)).isEmpty();
    assertThat(config.isSet(BellConfig.LISTEN)).isFalse();
    assertThat(config.origin(BellConfig.NODE_NAME)).isEqualTo(new ValueOrigin.Flag("--node-name"));
  }

  @Test
  void read_allSources_flagThenVariableThenFileThenDefault() {
    String yaml = "nodeName: file\nlisten: file:1\nbell:\n  pollInterval: 3s\n";
    Configuration config =
        valid(
            List.of("--config", file(yaml), "--node-name=flag"),
            Map.of("GPUSCALING_NODE_NAME", "variable", "GPUSCALING_LISTEN", "variable:1"));

    assertThat(config.get(BellConfig.NODE_NAME)).isEqualTo("flag");
    assertThat(config.get(BellConfig.LISTEN).host()).isEqualTo("variable");
    assertThat(config.get(BellConfig.POLL_INTERVAL)).isEqualTo(Duration.ofSeconds(3));
    assertThat(config.origin(BellConfig.POLL_INTERVAL).toString()).endsWith("c.yaml:4");
    assertThat(config.origin(BellConfig.LISTEN))
        .isEqualTo(new ValueOrigin.Variable("GPUSCALING_LISTEN"));
    assertThat(config.get(BellConfig.LOUD)).isFalse();
  }

  @Test
  void read_fileNamedByVariable_isRead() {
    Map<String, String> environment = Map.of("GPUSCALING_CONFIG", file("nodeName: n2"));
    assertThat(valid(List.of(), environment).get(BellConfig.NODE_NAME)).isEqualTo("n2");
  }

  @Test
  void read_lists_fromEverySource() {
    String broker = "--bell-uri=amqp://h";
    assertThat(
            valid(
                    List.of("--node-name=n", broker, "--bell-queue", "a", "--bell-queue=b,c"),
                    Map.of())
                .get(BellConfig.QUEUES))
        .containsExactly("a", "b,c");
    assertThat(
            valid(List.of("--node-name=n", broker), Map.of("GPUSCALING_BELL_QUEUES", "a,b"))
                .get(BellConfig.QUEUES))
        .containsExactly("a", "b");
    assertThat(
            valid(List.of("--node-name=n"), Map.of("GPUSCALING_BELL_QUEUES", ""))
                .get(BellConfig.QUEUES))
        .isEmpty();
    assertThat(
            valid(withFile("bell: {queues: [a, 'b'], uri: 'amqp://h'}"), Map.of())
                .get(BellConfig.QUEUES))
        .containsExactly("a", "b");
  }

  @ParameterizedTest
  @CsvSource({"--bell-is-loud, true", "--bell-is-loud=true, true", "--bell-is-loud=false, false"})
  void read_switch_mayStandAlone(String flag, boolean expected) {
    assertThat(valid(List.of(flag, "--node-name=n"), Map.of()).get(BellConfig.LOUD))
        .isEqualTo(expected);
  }

  @Test
  void read_switchBeforeAnUnknownFlag_doesNotSwallowIt() {
    assertThat(problems(List.of("--bell-is-loud", "--no-such-flag=1", "--node-name=n"), Map.of()))
        .singleElement()
        .asString()
        .contains("--no-such-flag");
  }

  @Test
  void read_structured_becomesOwnType() {
    String yaml = "bell:\n  grants:\n    - queue: q\n    - {queue: r, weight: 3}\n";
    assertThat(valid(withFile(yaml), Map.of()).get(BellConfig.GRANTS))
        .containsExactly(new BellConfig.Grant("q", 1), new BellConfig.Grant("r", 3));
  }

  @Test
  void read_emptyFileOrEmptyGroup_isNothing() {
    assertThat(fileProblems("")).isEmpty();
    assertThat(fileProblems("# only a comment\n")).isEmpty();
    assertThat(fileProblems("bell:\n  # pollInterval: 3s\n")).isEmpty();
    assertThat(fileProblems("\uFEFFlisten: a:1\n")).isEmpty();
  }

  @Test
  void read_faultsEverywhere_areReportedTogether() {
    assertThat(
            problems(
                List.of(
                    "--listen=localhost",
                    "--bell-poll-intervall=1s",
                    "--bell-uri",
                    "amqp://u:hunter2@h_h",
                    "--config",
                    file("bell:\n  pollInterval: 5\n  colour: red\n  grants: {}\nlisten:\n")),
                Map.of("GPUSCALING_BELL_TOKEN", "", "GPUSCALING_BEL_TOKEN", "hunter2")))
        .map(problem -> problem.replace(folder.toString() + "/", ""))
        .containsExactly(
            "--bell-poll-intervall (flag --bell-poll-intervall): is not a known flag;"
                + " did you mean --bell-poll-interval?",
            "GPUSCALING_BEL_TOKEN (variable GPUSCALING_BEL_TOKEN): is not a known variable;"
                + " did you mean GPUSCALING_BELL_TOKEN?",
            "bell.colour (c.yaml:3): is not a known key",
            "listen (c.yaml:5): must be a single value, is nothing; allowed: HOST:PORT, [IPV6]:PORT,"
                + " or :PORT for all addresses; port 0 takes a free one",
            "listen \"localhost\" (flag --listen): has no :PORT; allowed: HOST:PORT, [IPV6]:PORT, or"
                + " :PORT for all addresses; port 0 takes a free one",
            "nodeName (not set): must be set, by --node-name, GPUSCALING_NODE_NAME or the file;"
                + " allowed: a text of 1 to 4096 characters",
            "bell.pollInterval \"5\" (c.yaml:2): has no unit (ns, us, ms, s, m, h); allowed: a"
                + " duration such as 500ms, 30s or 1m30s, 100ms to 1h",
            "bell.uri \"amqp://u:********@h_h\" (flag --bell-uri): has no valid host name; allowed:"
                + " amqp://HOST... or amqps://HOST...",
            "bell.token \"********\" (variable GPUSCALING_BELL_TOKEN): is empty; allowed: a text of"
                + " 1 to 4096 characters",
            "bell.grants (c.yaml:4): must be a list, is a map");
  }

  @Test
  void read_weakSourceIsFaulty_isReportedAlthoughOverridden() {
    assertThat(problems(withFile("listen: x", "--listen=a:1"), Map.of()))
        .singleElement()
        .asString()
        .contains("c.yaml:1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "listen: [a:1]|listen (c.yaml:1): must be a single value, is a list",
        "bell: {queues: a}|bell.queues (c.yaml:1): must be a list of single values, is a single value",
        "bell: {queues: [a, [b]]}|bell.queues (c.yaml:1): must be a list of single values, is a list",
        "bell: {queues: [a, ]}|bell.queues \"a\" (c.yaml:1): needs bell.uri",
        "bell: {queues: [a, '']}|bell.queues \"a, \" (c.yaml:1): is empty (value 2)",
        "bell: 5|bell (c.yaml:1): must be a map, is a single value",
        "- a|(c.yaml:1): must be a map, is a list",
        "listn: a:1|listn (c.yaml:1): is not a known key; did you mean listen?",
        "bell.uri: a|bell.uri (c.yaml:1): is written with dots",
        "{listen: 'a:1', listen: 'b:1'}|listen (c.yaml:1): is given a second time",
        "bell: {grants: [{weight: 1}]}|bell.grants[0] (c.yaml:1): lacks queue",
        "bell: {grants: [{queue: q, weigt: 1}]}|bell.grants[0].weigt (c.yaml:1): is not a known key; did",
        "bell: {grants: [{queue: q, weight: 10}]}|bell.grants[0].weight \"10\" (c.yaml:1): is out of",
        "bell: {grants: [{queue: [q]}]}|bell.grants[0].queue (c.yaml:1): must be a single value, is a",
        "bell: {grants: [5]}|bell.grants[0] (c.yaml:1): must be a map, is a single value",
        "listen: &x a:1|nothing",
        "listen: *x|uses an alias",
        "listen: !!str a:1|uses a tag",
        "? [a]: b|has a key that is not a name",
        "listen: 'a|is not YAML: ",
        "listen: {a|is not YAML: "
      })
  void read_faultyFile_saysPathLineAndCure(String yaml, String expected) {
    if (expected.equals("nothing")) {
      assertThat(fileProblems(yaml)).isEmpty();
    } else {
      assertThat(fileProblems(yaml)).anySatisfy(problem -> assertThat(problem).contains(expected));
    }
  }

  @Test
  void read_yamlFault_neverQuotesTheFile() {
    assertThat(fileProblems("bell:\n  token: hunter2: 'hunter2"))
        .singleElement()
        .asString()
        .startsWith("--config (c.yaml:2): is not YAML: ")
        .doesNotContain("hunter2");
  }

  @Test
  void read_twoDocumentsOrTooDeep_isRefused() {
    assertThat(fileProblems("listen: a:1\n---\nlisten: b:1\n"))
        .singleElement()
        .asString()
        .contains("more than one document");
    assertThat(fileProblems("[".repeat(100) + "]".repeat(100)))
        .singleElement()
        .asString()
        .contains("nested more than 32 deep");
  }

  @Test
  void read_unreadableFile_isAProblem() throws IOException {
    Path large = Files.write(folder.resolve("large"), new byte[(1 << 20) + 1]);
    Path binary = Files.write(folder.resolve("binary"), new byte[] {(byte) 0xff, 0});
    assertThat(problems(List.of("--node-name=n", "--config=/no/such"), Map.of()))
        .containsExactly("--config (file /no/such): does not exist");
    assertThat(problems(List.of("--node-name=n", "--config", folder.toString()), Map.of()))
        .singleElement()
        .asString()
        .contains("cannot be read");
    assertThat(problems(List.of("--node-name=n", "--config", large.toString()), Map.of()))
        .singleElement()
        .asString()
        .contains("is larger than 1Mi");
    assertThat(problems(List.of("--node-name=n", "--config", binary.toString()), Map.of()))
        .singleElement()
        .asString()
        .contains("is not UTF-8 text");
    assertThat(problems(List.of("--node-name=n", "--config", "a\0b"), Map.of()))
        .containsExactly("--config \"a?b\" (flag --config): is not a path");
    assertThat(problems(List.of("--node-name=n", "--config=a", "--config=b"), Map.of()))
        .containsExactly("--config (flag --config): is given 2 times");
  }

  @Test
  void read_oddCommandLine_isReported() {
    assertThat(problems(List.of("--node-name=n", "--node-name=m"), Map.of()))
        .singleElement()
        .asString()
        .startsWith("nodeName \"n, m\" (flag --node-name): is given 2 times");
    assertThat(problems(List.of("--listen"), Map.of()))
        .anySatisfy(
            problem -> assertThat(problem).isEqualTo("--listen (flag --listen): needs a value"));
    assertThat(problems(List.of("--listen", "--node-name=n"), Map.of()))
        .anySatisfy(
            problem -> assertThat(problem).isEqualTo("--listen (flag --listen): needs a value"));
    assertThat(problems(List.of("--node-name=n", "stray"), Map.of()))
        .containsExactly("command line \"stray\" (not set): is one argument too many");
    assertThat(problems(List.of("--node-name=n", "--bell-tokem", "hunter2"), Map.of()))
        .singleElement()
        .asString()
        .contains("did you mean --bell-token?")
        .doesNotContain("hunter2");
    assertThat(problems(List.of("--node-name=n", "--listen", "@/etc/hostname"), Map.of()))
        .singleElement()
        .asString()
        .contains("@/etc/hostname");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GPUSCALING_JAVA_OPTS=-Xmx1g",
        "GPUSCALING_METRICS_ADAPTER_SERVICE_HOST=10.0.0.1",
        "GPUSCALING_METRICS_ADAPTER_SERVICE_HOST=fd00::1",
        "GPUSCALING_METRICS_ADAPTER_SERVICE_PORT=443",
        "GPUSCALING_METRICS_ADAPTER_SERVICE_PORT_HTTPS=443",
        "GPUSCALING_METRICS_ADAPTER_PORT=tcp://10.0.0.1:443",
        "GPUSCALING_METRICS_ADAPTER_PORT_443_TCP=tcp://10.0.0.1:443",
        "GPUSCALING_METRICS_ADAPTER_PORT_443_TCP_PROTO=tcp",
        "GPUSCALING_METRICS_ADAPTER_PORT_443_TCP_PORT=443",
        "GPUSCALING_METRICS_ADAPTER_PORT_443_TCP_ADDR=10.0.0.1",
        "PATH=/bin"
      })
  void read_variableOfOthers_isLeftAlone(String variable) {
    String[] parts = variable.split("=", 2);
    assertThat(problems(List.of("--node-name=n"), Map.of(parts[0], parts[1]))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"GPUSCALING_SECUR_PORT=8443", "GPUSCALING_A_SERVICE_HOST=x y", "GPUSCALING_=1"})
  void read_unknownVariable_isAProblem(String variable) {
    String[] parts = variable.split("=", 2);
    assertThat(problems(List.of("--node-name=n"), Map.of(parts[0], parts[1])))
        .singleElement()
        .asString()
        .startsWith(parts[0] + " (variable");
  }

  @Test
  void validation_faultyKey_isNotRepeated() {
    assertThat(problems(List.of("--node-name=n", "--bell-queue=q", "--bell-uri=x"), Map.of()))
        .singleElement()
        .asString()
        .startsWith("bell.uri");
    assertThat(problems(List.of("--node-name=n", "--bell-queue=q"), Map.of()))
        .containsExactly("bell.queues \"q\" (flag --bell-queue): needs bell.uri");
  }

  @Test
  void validation_undeclaredKey_isABug() {
    var schema =
        new ConfigSchema(
            List.of(new KeyGroup("g", List.of(BellConfig.LISTEN, BellConfig.LOUD))),
            List.of(
                new Validation(
                    List.of(BellConfig.LISTEN),
                    config -> List.of(config.problem(BellConfig.LOUD, "x")))));
    assertThatThrownBy(() -> ConfigReader.read(schema, List.of(), Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("bell.isLoud");
  }

  @Test
  void validation_ofDefault_hasNoValueToShow() {
    var schema =
        new ConfigSchema(
            List.of(new KeyGroup("g", List.of(BellConfig.LOUD))),
            List.of(
                new Validation(
                    List.of(BellConfig.LOUD),
                    config -> List.of(config.problem(BellConfig.LOUD, "must be louder")))));
    assertThat(ConfigReader.read(schema, List.of(), Map.of()))
        .isInstanceOfSatisfying(
            ConfigResult.Invalid.class,
            invalid ->
                assertThat(invalid.problems().toString())
                    .isEqualTo(
                        "configuration has 1 problem:\n  - bell.isLoud (not set): must be louder"));
  }

  @Test
  void structuredReader_emptyWithoutProblem_isABug() {
    var key = StructuredKey.of("a", "", "d", _ -> Optional.<String>empty());
    var schema = new ConfigSchema(List.of(new KeyGroup("g", List.of(key))), List.of());
    assertThatThrownBy(() -> ConfigReader.read(schema, List.of("--config", file("a: 1")), Map.of()))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void toString_secrets_areMasked() {
    Configuration config =
        valid(
            List.of("--node-name=n", "--bell-uri=amqp://u:hunter2@h", "--bell-token=hunter2"),
            Map.of());
    assertThat(config.toString())
        .doesNotContain("hunter2")
        .contains("bell.uri = amqp://u:********@h  (flag --bell-uri)")
        .contains("bell.token = ********  (flag --bell-token)")
        .contains("bell.pollInterval = 1s  (default)");
    assertThat(config.get(BellConfig.TOKEN)).contains("hunter2");
  }
}
