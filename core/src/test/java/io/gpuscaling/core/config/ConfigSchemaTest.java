package io.gpuscaling.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigSchemaTest {

  private static ScalarKey<Boolean> key(String name) {
    return ScalarKey.withDefault(name, ScalarType.bool(), false, "d");
  }

  private static ConfigSchema schema(ConfigKey<?>... keys) {
    return new ConfigSchema(List.of(new KeyGroup("g", List.of(keys))), List.of());
  }

  @ParameterizedTest
  @CsvSource({
    "listen, --listen, GPUSCALING_LISTEN",
    "a.bC, --a-b-c, GPUSCALING_A_B_C",
    "lease.tls.certFile, --lease-tls-cert-file, GPUSCALING_LEASE_TLS_CERT_FILE",
    "rabbitmq.pollInterval, --rabbitmq-poll-interval, GPUSCALING_RABBITMQ_POLL_INTERVAL"
  })
  void scalarKey_name_givesFlagAndVariable(String name, String flag, String variable) {
    assertThat(key(name).flag()).isEqualTo(flag);
    assertThat(key(name).variable()).isEqualTo(variable);
  }

  @Test
  void scalarKey_ownFlag_keepsVariable() {
    ScalarKey<Boolean> key = key("a.things").flag("--a-thing");
    assertThat(key.flag()).isEqualTo("--a-thing");
    assertThat(key.variable()).isEqualTo("GPUSCALING_A_THINGS");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "A", "a..b", "a.", "a-b", "a b", "1a"})
  void key_badName_isABug(String name) {
    assertThatThrownBy(() -> key(name)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> StructuredKey.of(name, "", "d", _ -> Optional.of("")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "-a", "--A", "--a_b", "--a--b", "--"})
  void flag_bad_isABug(String flag) {
    assertThatThrownBy(() -> key("a").flag(flag)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void schema_collisions_areBugs() {
    assertThatThrownBy(() -> schema(key("a"), key("a"))).hasMessageContaining("key a collides");
    assertThatThrownBy(() -> schema(key("a.bC"), key("a.b.c"))).hasMessageContaining("collides");
    assertThatThrownBy(() -> schema(key("a"), key("b").flag("--a"))).hasMessageContaining("b");
    assertThatThrownBy(() -> schema(key("config"))).hasMessageContaining("collides");
    assertThatThrownBy(() -> schema(key("help"))).hasMessageContaining("collides");
    assertThatThrownBy(() -> schema(key("a"), key("a.b"))).hasMessageContaining("lies inside");
  }

  @Test
  void list_tooMany_isRefused() {
    ScalarKey<List<String>> key = ScalarKey.list("a", ScalarType.text("T"), "d");
    assertThat(key.parse(java.util.Collections.nCopies(1001, "x")))
        .isEqualTo(Parsed.refused("has more than 1000 values"));
    assertThat(key).hasToString("a");
    assertThat(key.print(List.of())).isEqualTo("none");
  }

  @Test
  void secret_value_isNeverPrinted() {
    ScalarKey<String> key = ScalarKey.required("a", ScalarType.text("T"), "d").secret();
    assertThat(key.print("hunter2")).isEqualTo("********");
    assertThat(key.mask(List.of("hunter2"))).isEqualTo("********");
    assertThat(key.isSecret()).isTrue();
    assertThat(BellConfig.TOKEN.print(Optional.empty())).isEqualTo("none");
  }

  @Test
  void configProblem_longOrControl_isCutAndCleaned() {
    var problem =
        new ConfigProblem("a", new ValueOrigin.NotSet(), "x\n" + "y".repeat(200), "is odd");
    assertThat(problem.toString())
        .isEqualTo("a \"x?" + "y".repeat(118) + "...\" (not set): is odd");
    assertThatThrownBy(() -> new ConfigProblems(List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void reference_schema_isATablePerGroup() {
    assertThat(ConfigReference.render(BellConfig.schema()))
        .startsWith(
            """
            ### Program

            | Key | Flag, variable | Default | Allowed | Meaning |
            | --- | --- | --- | --- | --- |
            | `listen` | `--listen` `GPUSCALING_LISTEN` | `127.0.0.1:9401` | HOST:PORT, [IPV6]:PORT, \
            or :PORT for all addresses; port 0 takes a free one | Address of /metrics and of the \
            probes. |
            | `nodeName` | `--node-name` `GPUSCALING_NODE_NAME` | must be set | a text of 1 to 4096 \
            characters | Name of this node. |

            ### Bell
            """)
        .contains(
            "| `bell.queues` | `--bell-queue` `GPUSCALING_BELL_QUEUES` | none | a text of 1 to 4096"
                + " characters; any number of them | Queues to poll. |\n")
        .contains("What opens the door. Never shown. |")
        .endsWith("| `bell.grants` | file only | none | see below | Who may read what. |\n");
  }
}
