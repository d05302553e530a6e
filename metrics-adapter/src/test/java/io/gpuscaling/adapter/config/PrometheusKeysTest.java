package io.gpuscaling.adapter.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.prometheus.GrantedQuery;
import io.gpuscaling.adapter.prometheus.PrometheusSettings;
import io.gpuscaling.core.config.ConfigProblem;
import io.gpuscaling.core.config.ConfigProblems;
import io.gpuscaling.core.config.ConfigReader;
import io.gpuscaling.core.config.ConfigResult;
import io.gpuscaling.core.config.Configuration;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PrometheusKeysTest {

  @TempDir private Path folder;

  private ConfigResult read(String yaml) throws IOException {
    Path file = folder.resolve("config.yaml");
    Files.writeString(file, "tlsCertFile: /crt\ntlsPrivateKeyFile: /key\n" + yaml);
    return ConfigReader.read(AdapterKeys.schema(false), List.of("--config=" + file), Map.of());
  }

  private AdapterSettings settings(String yaml) throws IOException {
    return switch (read(yaml)) {
      case ConfigResult.Valid(Configuration config) -> new AdapterSettings(config, "1.0");
      case ConfigResult.Invalid(ConfigProblems problems) ->
          throw new AssertionError(problems.toString());
    };
  }

  private List<String> problems(String yaml) throws IOException {
    return switch (read(yaml)) {
      case ConfigResult.Valid _ -> List.of();
      case ConfigResult.Invalid(ConfigProblems problems) ->
          problems.list().stream().map(ConfigProblem::toString).toList();
    };
  }

  @Test
  void nothing_isNoPrometheus() throws IOException {
    assertThat(settings("").prometheus()).isEmpty();
  }

  @Test
  void everything_isRead() throws IOException {
    assertThat(
            settings(
                    """
                    prometheus:
                      url: https://prometheus.monitoring:9090/root
                      caFile: /ca
                      tokenFile: /token
                      timeout: 3s
                      interval: 10s
                      queries:
                        - name: p95
                          query: |
                            histogram_quantile(0.95,
                              sum by (le) (rate(seconds_bucket[5m])))
                          namespaces: [web, api]
                        - {name: up, query: sum(up), namespaces: ["*"]}
                    freshness: {prometheus: 2m}
                    """)
                .prometheus())
        .contains(
            new PrometheusSettings(
                URI.create("https://prometheus.monitoring:9090/root"),
                Optional.of(Path.of("/ca")),
                Optional.of(Path.of("/token")),
                Duration.ofSeconds(3),
                Duration.ofSeconds(10),
                Duration.ofMinutes(2),
                Map.of(
                    "p95",
                    new GrantedQuery(
                        "p95",
                        "histogram_quantile(0.95,\n  sum by (le) (rate(seconds_bucket[5m])))",
                        Set.of("web", "api")),
                    "up",
                    new GrantedQuery("up", "sum(up)", Set.of("*")))));
  }

  @Test
  void everyFaultIsToldAtOnce() throws IOException {
    assertThat(
            problems(
                """
                prometheus:
                  url: http://prometheus:9090/?tenant=1
                  caFile: /ca
                  tokenFile: /token
                """))
        .hasSize(3)
        .anyMatch(it -> it.contains("prometheus.url") && it.contains("no ? and no #"))
        .anyMatch(it -> it.contains("prometheus.caFile") && it.contains("without https"))
        .anyMatch(it -> it.contains("prometheus.tokenFile") && it.contains("needs an https URL"));
    assertThat(
            problems(
                """
                prometheus:
                  url: https://user:secret@prometheus
                  timeout: 1ms
                  queries:
                    - {name: P95, query: up, namespaces: [a]}
                    - {name: ok, query: "  ", namespaces: ["Not a name"]}
                    - {name: ok, query: up}
                    - {promql: up}
                """))
        .anyMatch(it -> it.contains("prometheus.url") && !it.contains("secret"))
        .anyMatch(it -> it.contains("prometheus.timeout"))
        .anyMatch(it -> it.contains("queries[0].name") && it.contains("P95"))
        .anyMatch(it -> it.contains("queries[1].query"))
        .anyMatch(it -> it.contains("queries[1].namespaces[0]"))
        .anyMatch(it -> it.contains("queries[2]") && it.contains("lacks namespaces"))
        .anyMatch(it -> it.contains("queries[3].promql") && it.contains("not a known key"))
        .anyMatch(it -> it.contains("queries[3]") && it.contains("lacks name"));
  }

  @Test
  void nameTwice_tooMany_andWithoutUrl_areRefused() throws IOException {
    String query = "    - {name: %s, query: up, namespaces: [a]}\n";
    assertThat(
            problems(
                "prometheus:\n  url: http://p\n  queries:\n"
                    + query.formatted("a")
                    + query.formatted("a")))
        .singleElement()
        .asString()
        .contains("queries[1]", "listed before: a");
    StringBuilder many = new StringBuilder("prometheus:\n  url: http://p\n  queries:\n");
    for (int i = 0; i <= PrometheusSettings.MAX_QUERIES; i++) {
      many.append(query.formatted("q" + i));
    }
    assertThat(problems(many.toString()))
        .singleElement()
        .asString()
        .contains("201 queries; allowed: 200");
    assertThat(
            problems(
                "prometheus:\n  tokenFile: /t\n  caFile: /c\n  queries:\n" + query.formatted("a")))
        .hasSize(3)
        .allMatch(it -> it.contains("needs prometheus.url"));
  }
}
