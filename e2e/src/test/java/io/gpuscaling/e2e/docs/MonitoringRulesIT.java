package io.gpuscaling.e2e.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.e2e.world.Repository;
import io.gpuscaling.testkit.process.Command;
import io.gpuscaling.testkit.prometheus.Prometheus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recording rules and alerts: understood by Prometheus, right, about what there is, explained. */
class MonitoringRulesIT {

  private static final Path RULES = Repository.path("manifests", "monitoring", "rules.yaml");
  private static final Pattern METRIC =
      Pattern.compile("\\b(gpuscaling_[a-z_]+|gpu_tasks_[a-z_]+)\\b");
  private static final Pattern ALERT = Pattern.compile("(?m)^ +- alert: (\\w+)$");
  private static final Pattern HEADING = Pattern.compile("(?m)^## (\\w+)$");

  @TempDir private Path folder;

  /** What stands below {@code spec} is a rule file. */
  private Path ruleFile() throws IOException {
    String text = Files.readString(RULES);
    String groups = text.substring(text.indexOf("\nspec:\n") + "\nspec:\n".length());
    return Files.writeString(
        folder.resolve("rules.yaml"),
        groups
            .lines()
            .map(line -> line.substring(Math.min(2, line.length())))
            .collect(Collectors.joining("\n")));
  }

  private static SortedSet<String> all(Pattern pattern, String text) {
    SortedSet<String> found = new TreeSet<>();
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return found;
  }

  @Test
  void rules_areUnderstood_andMakeOfADayWhatTheyShould() throws IOException {
    Path rules = ruleFile();
    Path tests =
        Files.copy(
            Repository.path("e2e", "src", "test", "resources", "monitoring", "rules-test.yaml"),
            folder.resolve("rules-test.yaml"));

    Command.Result check = Prometheus.promtool(List.of("check", "rules", rules.toString()));
    assertThat(check.exitCode()).as(check.stdout() + check.stderr()).isZero();
    Command.Result test = Prometheus.promtool(List.of("test", "rules", tests.toString()));
    assertThat(test.exitCode()).as(test.stdout() + test.stderr()).isZero();
  }

  @Test
  void ruleThatIsWrong_isFound() throws IOException {
    Path rules = ruleFile();
    Files.writeString(
        rules, Files.readString(rules).replace("outcome=\"failed\"", "outcome=\"faild\""));
    Path tests =
        Files.copy(
            Repository.path("e2e", "src", "test", "resources", "monitoring", "rules-test.yaml"),
            folder.resolve("rules-test.yaml"));

    assertThat(Prometheus.promtool(List.of("test", "rules", tests.toString())).exitCode())
        .isNotZero();
  }

  @Test
  void everyMetric_isDocumented() throws IOException {
    String documented = Files.readString(Repository.path("docs", "metrics.md"));

    assertThat(all(METRIC, Files.readString(ruleFile())))
        .isNotEmpty()
        .allMatch(it -> documented.contains("| `" + it.replaceAll("_bucket$", "") + "` |"));
  }

  @Test
  void everyAlert_isExplained_andNoOther() throws IOException {
    assertThat(all(HEADING, Files.readString(Repository.path("docs", "how-to", "alerts.md"))))
        .isEqualTo(all(ALERT, Files.readString(RULES)))
        .isNotEmpty();
  }
}
