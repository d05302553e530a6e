package io.gpuscaling.adapter.apiserver;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One row of {@code conformance.txt}; what the columns mean is said there.
 *
 * @param line where it is, for people
 * @param headers name, value, name, value, ...
 * @param items values in the body, or -1 when it does not matter
 * @param clauses what must hold of the answer
 * @param reference what the reference server does: {@code same}, {@code body}, {@code none}, or
 *     another code
 */
record ConformanceCase(
    int line,
    String method,
    String target,
    List<String> headers,
    int code,
    int items,
    List<String> clauses,
    String reference) {

  private static final Pattern COLUMN = Pattern.compile(" \\|(?= |$)");
  private static final Pattern ITEM = Pattern.compile("\"value\":");
  private static final Pattern TIME = Pattern.compile("\"timestamp\": ?\"[^\"]*\"");
  private static final int COLUMNS = 6;

  /** What an answer was. */
  record Seen(HttpResponse<String> response) {

    int code() {
      return response.statusCode();
    }

    int items() {
      return (int) ITEM.matcher(response.body()).results().count();
    }

    /** The body, with the same timestamp in each: two servers do not answer at one instant. */
    String body() {
      return TIME.matcher(response.body()).replaceAll("\"timestamp\":\"T\"");
    }

    String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }
  }

  /** A request that is not in the table. */
  static ConformanceCase get(String target) {
    return new ConformanceCase(0, "GET", target, List.of(), 200, -1, List.of(), "same");
  }

  /** All rows. */
  static Stream<ConformanceCase> all() {
    try (InputStream in = ConformanceCase.class.getResourceAsStream("conformance.txt")) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      var cases = new ArrayList<ConformanceCase>();
      int line = 0;
      for (String row : text.lines().toList()) {
        line++;
        if (!row.isBlank() && !row.startsWith("#")) {
          cases.add(parse(line, row));
        }
      }
      return cases.stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ConformanceCase parse(int line, String row) {
    String[] columns =
        Arrays.stream(COLUMN.split(row, -1)).map(String::strip).toArray(String[]::new);
    if (columns.length != COLUMNS) {
      throw new IllegalArgumentException("line " + line + " has not " + COLUMNS + " columns");
    }
    String[] request = columns[0].split(" ", 2);
    String[] outcome = columns[2].split(" ", 2);
    var reference = columns[4].isEmpty() ? "same" : columns[4];
    if (reference.equals("same") != columns[5].isEmpty()) {
      throw new IllegalArgumentException("line " + line + ": a deviation needs its reason");
    }
    return new ConformanceCase(
        line,
        request[0],
        expanded(request[1]),
        pieces(columns[1]).stream().flatMap(h -> Stream.of(h.split(": ", 2))).toList(),
        Integer.parseInt(outcome[0]),
        outcome.length == 1 ? -1 : Integer.parseInt(outcome[1]),
        pieces(columns[3]),
        reference);
  }

  private static List<String> pieces(String column) {
    return column.isEmpty() ? List.of() : List.of(column.split(" && ", -1));
  }

  private static String expanded(String target) {
    return target
        .replaceFirst("^CM1", "/apis/custom.metrics.k8s.io/v1beta1")
        .replaceFirst("^CM", "/apis/custom.metrics.k8s.io/v1beta2")
        .replaceFirst("^EM", "/apis/external.metrics.k8s.io/v1beta1");
  }

  /** The request, to a server at {@code https://HOST:PORT}, with the tokens of the two users. */
  HttpRequest request(String base, String readerToken, String nobodyToken) {
    var all = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    all.put("Accept", "application/json, */*");
    all.put("Authorization", "Bearer " + readerToken);
    for (int i = 0; i < headers.size(); i += 2) {
      all.put(headers.get(i), headers.get(i + 1).replace("nobody-token", nobodyToken));
    }
    var request =
        HttpRequest.newBuilder(URI.create(base + target))
            .timeout(ServerFixture.TIMEOUT)
            .method(method, HttpRequest.BodyPublishers.noBody());
    all.forEach((name, value) -> {
      if (!value.equals("none")) {
        request.header(name, value);
      }
    });
    return request.build();
  }

  /** The clauses that do not hold of an answer, the code and the number of items among them. */
  List<String> violations(Seen seen) {
    var violations = new ArrayList<String>();
    if (seen.code() != code) {
      violations.add("code " + seen.code() + " is not " + code);
    }
    if (items >= 0 && seen.items() != items) {
      violations.add(seen.items() + " items are not " + items);
    }
    Predicate<String> holds = clause -> holds(clause, seen);
    clauses.stream().filter(holds.negate()).forEach(violations::add);
    return violations;
  }

  /** Of the forms {@code <name: value}, {@code =whole body}, {@code !absent} and {@code there}. */
  private static boolean holds(String clause, Seen seen) {
    return switch (clause.charAt(0)) {
      case '<' -> {
        String[] header = clause.substring(1).split(": ?", 2);
        yield seen.header(header[0]).equals(header[1]);
      }
      case '=' -> seen.body().strip().equals(clause.substring(1));
      case '!' -> !seen.body().contains(clause.substring(1));
      default -> seen.body().contains(clause.replace("\\n", "\n"));
    };
  }

  /** Whether the answer to a request of this row must be a Status. */
  boolean isStatus() {
    return code >= 400 && !method.equals("HEAD") && !target.contains("readyz");
  }

  @Override
  public String toString() {
    String more = headers.isEmpty() ? "" : " " + headers;
    return String.format(Locale.ROOT, "%d: %s %s%s -> %d", line, method, target, more, code);
  }
}
