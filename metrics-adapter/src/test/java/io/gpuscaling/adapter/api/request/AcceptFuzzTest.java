package io.gpuscaling.adapter.api.request;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.gpuscaling.testkit.fuzz.LimitedRun;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Any Accept header: a slow reading of it comes to the same formats. */
public class AcceptFuzzTest {

  private static final Set<String> JSON = Set.of("application/json", "application/*", "*/*");

  /** What {@code make fuzz} runs. */
  public static void fuzzerTestOneInput(byte[] data) {
    String accept = new String(data, StandardCharsets.ISO_8859_1);
    Negotiation fast = Negotiation.of(accept, "");
    List<Clause> clauses = slowly(accept);

    boolean json = clauses.stream().anyMatch(Clause::isPlainJson);
    assertThat(fast.json()).as("json").isEqualTo(json);
    assertThat(fast.aggregatedDiscovery())
        .as("aggregated")
        .isEqualTo(
            clauses.stream()
                .filter(Clause::isAggregated)
                .anyMatch(wanted ->
                    clauses.stream().noneMatch(c -> c.isPlainJson() && c.isBefore(wanted))));
    assertThat(fast.pretty())
        .as("pretty")
        .isEqualTo(
            clauses.stream()
                .anyMatch(c -> c.isJson() && Negotiation.isTrue(c.parameter("pretty"))));
    if (clauses.size() < MediaRange.MAX_CLAUSES && accept.split(",", -1).length < 30) {
      // What nobody has asked for changes nothing.
      assertThat(Negotiation.of("text/html;q=0.5," + accept, "kubectl").json())
          .isEqualTo(json && !accept.isBlank());
    }
  }

  /** A clause of the header; the index says which came first. */
  private record Clause(int index, String type, List<String> parameters, double quality) {

    boolean isJson() {
      return JSON.contains(type);
    }

    boolean isPlainJson() {
      return isJson()
          && parameters.stream().map(Clause::name).noneMatch(Set.of("g", "v", "as")::contains);
    }

    boolean isAggregated() {
      return isJson()
          && parameter("g").equals("apidiscovery.k8s.io")
          && parameter("v").equals("v2")
          && parameter("as").equals("APIGroupDiscoveryList");
    }

    boolean isBefore(Clause other) {
      return quality > other.quality || (quality == other.quality && index < other.index);
    }

    /** The value of the last of that name. */
    String parameter(String name) {
      return parameters.stream()
          .filter(p -> name(p).equals(name))
          .reduce((_, last) -> last)
          .map(p -> p.contains("=") ? p.substring(p.indexOf('=') + 1).strip() : "")
          .orElse("");
    }

    static String name(String parameter) {
      return parameter.replaceFirst("(?s)=.*", "").strip().toLowerCase(Locale.ROOT);
    }
  }

  private static List<Clause> slowly(String accept) {
    if (accept.isBlank()) {
      return List.of(new Clause(0, "*/*", List.of(), 1));
    }
    var clauses = new ArrayList<Clause>();
    int index = 0;
    int seen = 0;
    for (String text : accept.split(",", -1)) {
      // The rest of a header that is too long is not looked at.
      if (index++ >= MediaRange.MAX_CLAUSES || text.isBlank()) {
        continue;
      }
      List<String> pieces = Arrays.asList(text.split(";", -1));
      double quality = 1;
      for (String parameter : pieces.subList(1, pieces.size())) {
        if (Clause.name(parameter).equals("q")) {
          quality = quality(parameter);
        }
      }
      if (quality > 0) {
        clauses.add(
            new Clause(
                seen++,
                pieces.getFirst().strip().toLowerCase(Locale.ROOT),
                pieces.subList(1, pieces.size()).stream()
                    .filter(p -> !Clause.name(p).equals("q") && !Clause.name(p).isEmpty())
                    .toList(),
                quality));
      }
    }
    return clauses;
  }

  private static double quality(String parameter) {
    int equals = parameter.indexOf('=');
    try {
      double quality = Double.parseDouble(equals < 0 ? "" : parameter.substring(equals + 1));
      return quality >= 0 && quality <= 1 ? quality : 1;
    } catch (NumberFormatException e) {
      return 1;
    }
  }

  @FuzzTest(maxDuration = "10s")
  void accept(byte[] data) {
    fuzzerTestOneInput(data);
  }

  @Test
  void limitedRun_findsNothing() {
    LimitedRun.of(AcceptFuzzTest::fuzzerTestOneInput, AcceptFuzzTest.class, "accept");
  }
}
