package io.gpuscaling.adapter.config;

import io.gpuscaling.adapter.prometheus.GrantedQuery;
import io.gpuscaling.adapter.prometheus.PrometheusSettings;
import io.gpuscaling.core.config.ConfigNode;
import io.gpuscaling.core.config.ConfigProblem;
import io.gpuscaling.core.config.Configuration;
import io.gpuscaling.core.config.KeyGroup;
import io.gpuscaling.core.config.Parsed;
import io.gpuscaling.core.config.ScalarKey;
import io.gpuscaling.core.config.ScalarType;
import io.gpuscaling.core.config.StructuredKey;
import io.gpuscaling.core.config.Validation;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** What can be set of the PromQL that rules of policies observe. */
final class PrometheusKeys {

  private static final Duration SECOND = Duration.ofSeconds(1);

  static final ScalarKey<Optional<URI>> URL =
      ScalarKey.optional(
          "prometheus.url",
          ScalarType.uri("http", "https"),
          "Root of the HTTP API of Prometheus, or of what answers as it does; without it no rule may have a query.");

  static final ScalarKey<Optional<Path>> CA_FILE =
      ScalarKey.optional(
          "prometheus.caFile",
          ScalarType.filePath(),
          "PEM file of the CA of its certificate, read again when it changes; none: the Java runtime's.");

  static final ScalarKey<Optional<Path>> TOKEN_FILE =
      ScalarKey.optional(
          "prometheus.tokenFile",
          ScalarType.filePath(),
          "File with the bearer token, read for each request; needs https.");

  static final ScalarKey<Duration> TIMEOUT =
      ScalarKey.withDefault(
          "prometheus.timeout",
          ScalarType.duration(Duration.ofMillis(100), Duration.ofMinutes(1)),
          Duration.ofSeconds(5),
          "Longest time for one answer, headers and body.");

  static final ScalarKey<Duration> INTERVAL =
      ScalarKey.withDefault(
          "prometheus.interval",
          ScalarType.duration(SECOND, Duration.ofMinutes(5)),
          Duration.ofSeconds(5),
          "Time between two questions of the same query; less than the evaluationInterval of policies, so that each evaluation has a new data point.");

  static final ScalarKey<Duration> FRESHNESS =
      ScalarKey.withDefault(
          "freshness.prometheus",
          ScalarType.duration(SECOND, Duration.ofHours(1)),
          Duration.ofMinutes(1),
          "Age at which results of queries no longer count, and how far back a query looks for a sample; longer than its scrape interval.");

  static final StructuredKey<Map<String, GrantedQuery>> QUERIES =
      StructuredKey.of(
          "prometheus.queries",
          Map.of(),
          "Which namespaces' policies may use which PromQL: a list of {name, query, namespaces}.",
          PrometheusKeys::queries);

  static final KeyGroup GROUP =
      new KeyGroup(
          "Prometheus", List.of(URL, CA_FILE, TOKEN_FILE, TIMEOUT, INTERVAL, FRESHNESS, QUERIES));

  static final Validation COMPLETE =
      new Validation(List.of(URL, CA_FILE, TOKEN_FILE, QUERIES), PrometheusKeys::check);

  /** As the field {@code query} of a rule's metric. */
  private static final ScalarType<String> NAME =
      matching(
          "NAME",
          "lower-case letters, digits and '-', at most 63 characters",
          Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"));

  private static final ScalarType<String> NAMESPACE =
      matching(
          "NAMESPACE",
          "the name of a namespace, or *",
          Pattern.compile("\\*|[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"));

  /** Of several lines, if need be. */
  private static final ScalarType<String> PROMQL =
      matching(
          "PROMQL",
          "a PromQL text of 1 to " + ScalarType.MAX_TEXT_CHARS + " characters",
          Pattern.compile("[\\s\\P{Cntrl}]{1," + ScalarType.MAX_TEXT_CHARS + "}"));

  private PrometheusKeys() {}

  private static ScalarType<String> matching(String placeholder, String allowed, Pattern pattern) {
    return new ScalarType<>(
        placeholder,
        allowed,
        text ->
            pattern.matcher(text).matches() && !text.isBlank()
                ? Parsed.value(text.strip())
                : Parsed.refused("is none"),
        text -> text,
        UnaryOperator.identity());
  }

  private static Optional<Map<String, GrantedQuery>> queries(ConfigNode list) {
    Map<String, GrantedQuery> queries = new LinkedHashMap<>();
    boolean isSound = true;
    List<ConfigNode> items = list.items();
    for (ConfigNode item : items) {
      Map<String, ConfigNode> entries = item.entries(Set.of("name", "query", "namespaces"));
      Optional<String> name = item.required(entries, "name", NAME);
      Optional<String> promql = item.required(entries, "query", PROMQL);
      Optional<Set<String>> namespaces = namespaces(item, entries);
      if (name.isEmpty() || promql.isEmpty() || namespaces.isEmpty()) {
        isSound = false;
      } else if (queries.put(
              name.get(), new GrantedQuery(name.get(), promql.get(), namespaces.get()))
          != null) {
        item.problem("a query of this name is listed before: " + name.get());
        isSound = false;
      }
    }
    if (items.size() > PrometheusSettings.MAX_QUERIES) {
      list.problem("has " + items.size() + " queries; allowed: " + PrometheusSettings.MAX_QUERIES);
      isSound = false;
    }
    return isSound ? Optional.of(Map.copyOf(queries)) : Optional.empty();
  }

  private static Optional<Set<String>> namespaces(
      ConfigNode item, Map<String, ConfigNode> entries) {
    ConfigNode list = entries.get("namespaces");
    if (list == null) {
      item.problem("lacks namespaces: a list of names, or [\"*\"]");
      return Optional.empty();
    }
    Set<String> namespaces = new HashSet<>();
    boolean isSound = true;
    for (ConfigNode each : list.items()) {
      Optional<String> namespace = each.value(NAMESPACE);
      namespace.ifPresent(namespaces::add);
      isSound &= namespace.isPresent();
    }
    return isSound ? Optional.of(namespaces) : Optional.empty();
  }

  private static List<ConfigProblem> check(Configuration config) {
    List<ConfigProblem> problems = new ArrayList<>();
    Optional<URI> url = config.get(URL);
    if (url.isEmpty()) {
      for (ScalarKey<Optional<Path>> key : List.of(CA_FILE, TOKEN_FILE)) {
        if (config.get(key).isPresent()) {
          problems.add(config.problem(key, "needs prometheus.url"));
        }
      }
      if (!config.get(QUERIES).isEmpty()) {
        problems.add(config.problem(QUERIES, "needs prometheus.url"));
      }
      return problems;
    }
    if (url.get().getRawQuery() != null || url.get().getRawFragment() != null) {
      problems.add(config.problem(URL, "must end with the path: no ? and no #"));
    }
    boolean isSecure = "https".equalsIgnoreCase(url.get().getScheme());
    if (!isSecure && config.get(TOKEN_FILE).isPresent()) {
      problems.add(
          config.problem(TOKEN_FILE, "needs an https URL: the token would be readable on the way"));
    }
    if (!isSecure && config.get(CA_FILE).isPresent()) {
      problems.add(config.problem(CA_FILE, "has no meaning without https"));
    }
    return problems;
  }
}
