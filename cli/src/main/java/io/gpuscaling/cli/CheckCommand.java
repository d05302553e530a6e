package io.gpuscaling.cli;

import io.gpuscaling.core.config.GoDuration;
import io.gpuscaling.core.config.Parsed;
import io.gpuscaling.kubernetes.policy.ScalingPolicy;
import io.gpuscaling.policy.check.CheckReport;
import io.gpuscaling.policy.check.CheckReport.Fault;
import io.gpuscaling.policy.check.CheckSentences;
import io.gpuscaling.policy.check.ExpectedLoad;
import io.gpuscaling.policy.check.PolicyCheck;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** {@code gpuscaling check}. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    description = {
      "Says what a policy cannot do with a load that is expected: by arithmetic, with every rule"
          + " breached all the time and a workload that follows at once, so that what falls short"
          + " here falls short in any case. Tasks at once are arrivals times service time."
    })
final class CheckCommand implements Callable<Integer> {

  private static final int MAX_TASKS = 100_000;
  private static final Pattern PEAK = Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,6})?)/(s|min|h)");
  private static final Map<String, Integer> SECONDS = Map.of("s", 1, "min", 60, "h", 3600);

  /** Schedules are not looked at but for what holds now: any instant will do. */
  private static final Instant START = Instant.parse("2026-01-01T12:00:00Z");

  private enum Output {
    table,
    json
  }

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "POLICY.yaml", description = "YAML with a ScalingPolicy.")
  private Path policyFile = Path.of("");

  @Option(names = "--name", paramLabel = "NAME", description = "Which policy, of several.")
  private Optional<String> name = Optional.empty();

  @Option(
      names = "--peak",
      required = true,
      paramLabel = "N/min",
      description = "Tasks that arrive at the peak: N/s, N/min or N/h.")
  private String peak = "";

  @Option(
      names = "--service-time",
      required = true,
      paramLabel = "DURATION",
      description = "Of one task, such as 30s.")
  private String serviceTime = "";

  @Option(
      names = "--ramp",
      required = true,
      paramLabel = "DURATION",
      description = "From nothing to the peak, evenly, such as 1h.")
  private String ramp = "";

  @Option(
      names = "--tasks-per-replica",
      required = true,
      paramLabel = "N",
      description = "Tasks that a replica runs at once.")
  private int tasksPerReplica;

  @Option(
      names = "--quota",
      paramLabel = "REPLICAS",
      description = "The most replicas that the policy's pool could grant.")
  private Optional<Integer> quota = Optional.empty();

  @Option(
      names = "--output",
      paramLabel = "table|json",
      description = "How it is printed; table unless said otherwise.")
  private Output output = Output.table;

  @Override
  public Integer call() {
    List<String> problems = new ArrayList<>();
    double perSecond = perSecond(problems);
    Duration service = duration("--service-time", serviceTime, problems);
    Duration climbing = duration("--ramp", ramp, problems);
    if (tasksPerReplica < 1 || tasksPerReplica > MAX_TASKS) {
      problems.add("--tasks-per-replica " + tasksPerReplica + ": must be 1 to " + MAX_TASKS);
    }
    if (quota.isPresent() && quota.get() < 0) {
      problems.add("--quota " + quota.get() + ": must not be negative");
    }
    PolicyChoice choice =
        PolicyChoice.of(PolicyFile.read(List.of(policyFile)), policyFile.toString(), name);
    if (choice instanceof PolicyChoice.None(List<String> more)) {
      problems.addAll(more);
    }
    if (!problems.isEmpty() || !(choice instanceof PolicyChoice.One(ScalingPolicy policy))) {
      return Gpuscaling.refuse(spec, problems);
    }
    var load = new ExpectedLoad(perSecond, service, climbing, tasksPerReplica);
    CheckReport report =
        PolicyCheck.check(
            policy.policy(), load, quota.map(OptionalInt::of).orElse(OptionalInt.empty()), START);
    PrintWriter out = spec.commandLine().getOut();
    switch (output) {
      case table -> table(out, report);
      case json -> json(out, report);
    }
    out.flush();
    return report.faults().isEmpty() ? Gpuscaling.EXIT_OK : Gpuscaling.EXIT_FAULTS;
  }

  private double perSecond(List<String> problems) {
    Matcher matcher = PEAK.matcher(peak);
    if (matcher.matches()) {
      double number = Double.parseDouble(matcher.group(1));
      if (number > 0) {
        return number / SECONDS.getOrDefault(matcher.group(2), 1);
      }
    }
    problems.add("--peak " + peak + ": must be a positive number of tasks, such as 1000/min");
    return 0;
  }

  private static Duration duration(String option, String text, List<String> problems) {
    return switch (GoDuration.parse(text)) {
      case Parsed.Value<Duration>(Duration value) when value.toMillis() > 0 -> value;
      case Parsed.Value<Duration> _ -> {
        problems.add(option + " " + text + ": must be positive");
        yield Duration.ZERO;
      }
      case Parsed.Refused<Duration>(String why) -> {
        problems.add(option + " " + text + ": " + why);
        yield Duration.ZERO;
      }
    };
  }

  private static void table(PrintWriter out, CheckReport report) {
    out.printf("%-28s %d%n", "replicas at the peak", report.replicasAtPeak());
    out.printf("%-28s %d%n", "replicas at most", report.maxReplicas());
    out.printf(
        "%-28s %s%n",
        "from least to most",
        report
            .minToMax()
            .map(CheckSentences::duration)
            .orElse("more than " + CheckSentences.duration(PolicyCheck.LONGEST)));
    out.printf("%-28s %d%n", "replicas missing at worst", report.largestShortfall());
    if (report.faults().isEmpty()) {
      out.println("the policy's figures carry this load");
    }
    for (Fault fault : report.faults()) {
      out.println("- " + CheckSentences.of(fault));
    }
  }

  private static void json(PrintWriter out, CheckReport report) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("replicasAtPeak", report.replicasAtPeak());
    tree.put("maxReplicas", report.maxReplicas());
    report.minToMax().ifPresent(it -> tree.put("minToMaxSeconds", it.toSeconds()));
    tree.put("largestShortfall", report.largestShortfall());
    tree.put(
        "faults",
        report.faults().stream()
            .map(it -> Map.of("fault", CheckSentences.word(it), "message", CheckSentences.of(it)))
            .toList());
    out.println(JsonMapper.builder().build().writeValueAsString(tree));
  }
}
