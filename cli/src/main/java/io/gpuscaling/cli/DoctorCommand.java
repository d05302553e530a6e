package io.gpuscaling.cli;

import io.gpuscaling.cli.doctor.Diagnosis;
import io.gpuscaling.cli.doctor.ask.Asking;
import io.gpuscaling.cli.doctor.ask.Kubectl;
import io.gpuscaling.core.config.GoDuration;
import io.gpuscaling.core.config.Parsed;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code gpuscaling doctor}. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = {
      "Looks for what keeps GPU workloads from scaling: before an installation is relied on, and"
          + " after something went wrong. Asks the cluster by your own kubectl, with your rights,"
          + " and changes nothing. What you may not read is unknown, never ok; docs/doctor.md says"
          + " what each check wants."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:nothing is wrong; there may be warnings",
      "1:at least one fault",
      "2:the command line cannot be used",
      "3:no fault was found, but something could not be looked at"
    })
final class DoctorCommand implements Callable<Integer> {

  private static final Pattern NAMESPACE = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
  private static final Duration LONGEST = Duration.ofMinutes(1);

  private enum Output {
    table,
    json
  }

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "Where adapter and exporters run; gpuscaling unless said otherwise.")
  private String namespace = "gpuscaling";

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description = "Given to kubectl; its own choice unless said otherwise.")
  private Optional<String> kubeconfig = Optional.empty();

  @Option(names = "--context", paramLabel = "NAME", description = "Given to kubectl.")
  private Optional<String> context = Optional.empty();

  @Option(
      names = "--kubectl",
      paramLabel = "PROGRAM",
      description = "Which kubectl; the first on the PATH unless said otherwise.")
  private String program = "kubectl";

  @Option(
      names = "--request-timeout",
      paramLabel = "DURATION",
      description = "Longest time for one question, 1s to 1m; 10s unless said otherwise.")
  private String timeout = "10s";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "table|json",
      description = "How it is printed; table unless said otherwise.")
  private Output output = Output.table;

  @Override
  public Integer call() {
    List<String> problems = new ArrayList<>();
    if (!NAMESPACE.matcher(namespace).matches()) {
      problems.add("--namespace " + namespace + ": must be the name of a namespace");
    }
    Duration deadline = deadline(problems);
    if (!problems.isEmpty()) {
      return Gpuscaling.refuse(spec, problems);
    }
    List<String> command = new ArrayList<>(List.of(program));
    kubeconfig.ifPresent(it -> command.add("--kubeconfig=" + it));
    context.ifPresent(it -> command.add("--context=" + it));
    var asking = new Asking(new Kubectl(command, deadline), namespace, InstantSource.system());
    Diagnosis diagnosis = Diagnosis.of(asking.ask());
    PrintWriter out = spec.commandLine().getOut();
    switch (output) {
      case table -> out.print(DoctorOutput.table(diagnosis));
      case json -> out.println(DoctorOutput.json(diagnosis));
    }
    out.flush();
    return switch (diagnosis.worst()) {
      case OK, WARNING -> Gpuscaling.EXIT_OK;
      case FAULT -> Gpuscaling.EXIT_FAULTS;
      case UNKNOWN -> Gpuscaling.EXIT_UNKNOWN;
    };
  }

  private Duration deadline(List<String> problems) {
    return switch (GoDuration.parse(timeout)) {
      case Parsed.Value<Duration>(Duration value)
          when value.toSeconds() >= 1 && value.compareTo(LONGEST) <= 0 ->
          value;
      case Parsed.Value<Duration> _ -> {
        problems.add("--request-timeout " + timeout + ": must be 1s to 1m");
        yield LONGEST;
      }
      case Parsed.Refused<Duration>(String why) -> {
        problems.add("--request-timeout " + timeout + ": " + why);
        yield LONGEST;
      }
    };
  }
}
