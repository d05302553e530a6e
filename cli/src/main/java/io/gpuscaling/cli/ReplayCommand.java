package io.gpuscaling.cli;

import io.gpuscaling.cli.render.Doc;
import io.gpuscaling.cli.replay.ObservationTable;
import io.gpuscaling.cli.replay.ObservationTable.Row;
import io.gpuscaling.cli.replay.ObservationsCsv;
import io.gpuscaling.cli.replay.Replay;
import io.gpuscaling.core.config.NearestName;
import io.gpuscaling.kubernetes.policy.ScalingPolicy;
import io.gpuscaling.kubernetes.resource.Problem;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.policy.engine.Decision;
import io.gpuscaling.policy.spec.Policy;
import io.gpuscaling.policy.spec.Profile;
import io.gpuscaling.policy.spec.Rule;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code gpuscaling replay}. */
@Command(
    name = "replay",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Evaluates a policy over recorded observations and prints what it would have decided.",
      "The CSV has a column time (RFC 3339) and one for each metric, named by the rule's metric"
          + " name without selector; a column feeds every rule of that metric. An empty cell is a"
          + " missing data point. One row is one evaluation; the smallest time between two rows is"
          + " the evaluation interval, so rows that are left out count as missing. The replicas"
          + " follow each decision at once. Pools, running tasks and free GPU memory are not"
          + " replayed: quota, busy floor and VRAM gate are open."
    })
final class ReplayCommand implements Callable<Integer> {

  /** How the decisions are printed. */
  enum Output {
    json,
    table
  }

  @Spec private CommandSpec spec = CommandSpec.create();

  @ArgGroup(exclusive = true, multiplicity = "1")
  private Source source = new Source();

  /** One of the two. */
  private static final class Source {
    @ArgGroup(exclusive = false, multiplicity = "1")
    private @Nullable Recorded recorded;

    @Option(
        names = "--capsule",
        required = true,
        paramLabel = "FILE",
        description =
            "What kubectl gpuscaling explain --export wrote: evaluates it again and compares; exit"
                + " code 1 when the decision differs.")
    private Optional<Path> capsule = Optional.empty();
  }

  /** A policy over a series. */
  private static final class Recorded {
    @Option(
        names = "--policy",
        required = true,
        paramLabel = "FILE",
        description = "YAML with a ScalingPolicy; ScalingProfiles in it are applied by name.")
    private Path policyFile = Path.of("");

    @Option(
        names = "--name",
        paramLabel = "NAME",
        description = "Which policy, where the file has several.")
    private Optional<String> name = Optional.empty();

    @Option(
        names = "--profile",
        paramLabel = "FILE",
        description = "YAML with the ScalingProfile that the policy names.")
    private Optional<Path> profileFile = Optional.empty();

    @Option(
        names = "--observations",
        required = true,
        paramLabel = "FILE.csv",
        description = "The recorded observations.")
    private Path observations = Path.of("");

    @Option(
        names = "--replicas",
        required = true,
        paramLabel = "N",
        description = "Replicas before the first row.")
    private int replicas;
  }

  @Option(
      names = {"-o", "--output"},
      defaultValue = "table",
      paramLabel = "json|table",
      description = "json: one object on a line for each evaluation. Default: table.")
  private Output output = Output.table;

  @Override
  public Integer call() {
    return source.capsule.isPresent()
        ? again(source.capsule.get())
        : series(Optional.ofNullable(source.recorded).orElseGet(Recorded::new));
  }

  private Integer again(Path file) {
    Read<List<Doc>> docs =
        switch (InputFiles.read(file)) {
          case Read.Valid<String>(String text) -> JsonDocs.read(text);
          case Read.Invalid<String>(List<Problem> faults) -> new Read.Invalid<>(faults);
        };
    Read<Capsule> read =
        switch (docs) {
          case Read.Valid<List<Doc>>(List<Doc> objects) -> Capsule.of(objects);
          case Read.Invalid<List<Doc>>(List<Problem> faults) -> new Read.Invalid<>(faults);
        };
    return switch (read) {
      case Read.Valid<Capsule>(Capsule capsule) -> again(capsule);
      case Read.Invalid<Capsule>(List<Problem> faults) ->
          Gpuscaling.refuse(spec, faults.stream().map(it -> file + ": " + it).toList());
    };
  }

  private Integer again(Capsule capsule) {
    Decision decision = capsule.decide();
    String time = decision.at().toString();
    ReplayOutput printed = output();
    printed.begin();
    printed.row(new Row(1, time, decision.at(), Map.of()), decision);
    printed.end();
    List<String> differences = capsule.differences(decision);
    PrintWriter out = spec.commandLine().getOut();
    if (output == Output.table) {
      out.println(
          differences.isEmpty()
              ? "identical to what the adapter decided"
              : "differs from what the adapter decided");
    }
    out.flush();
    PrintWriter err = spec.commandLine().getErr();
    differences.forEach(err::println);
    err.flush();
    return differences.isEmpty() ? Gpuscaling.EXIT_OK : Gpuscaling.EXIT_FAULTS;
  }

  private Integer series(Recorded recorded) {
    List<String> problems = new ArrayList<>();
    Path policyFile = recorded.policyFile;
    List<Path> files = new ArrayList<>(List.of(policyFile));
    recorded.profileFile.ifPresent(files::add);
    PolicyFile read = PolicyFile.read(files);
    PolicyChoice choice = PolicyChoice.of(read, policyFile.toString(), recorded.name);
    if (choice instanceof PolicyChoice.None(List<String> faults)) {
      problems.addAll(faults);
    }
    if (recorded.replicas < 0) {
      problems.add("--replicas " + recorded.replicas + ": must be 0 or more");
    }
    Optional<ObservationTable> table = table(recorded.observations, metrics(choice), problems);
    if (choice instanceof PolicyChoice.One(ScalingPolicy policy) && table.isPresent()) {
      List<String> warnings = new ArrayList<>();
      checkColumns(recorded.observations, metrics(choice), table.get(), problems, warnings);
      Policy effective = effective(policy, read, problems, warnings);
      if (problems.isEmpty()) {
        PrintWriter err = spec.commandLine().getErr();
        warnings.forEach(warning -> err.println("warning: " + warning));
        err.flush();
        print(effective, table.get(), recorded.replicas);
        return Gpuscaling.EXIT_OK;
      }
    }
    return Gpuscaling.refuse(spec, problems);
  }

  private static Set<String> metrics(PolicyChoice choice) {
    Set<String> metrics = new LinkedHashSet<>();
    if (choice instanceof PolicyChoice.One(ScalingPolicy policy)) {
      policy.policy().rules().stream().map(Rule::metric).forEach(it -> metrics.add(it.name()));
    }
    return metrics;
  }

  private static Optional<ObservationTable> table(
      Path observations, Set<String> metrics, List<String> problems) {
    Read<ObservationTable> read =
        switch (InputFiles.read(observations)) {
          case Read.Valid<String>(String text) -> ObservationsCsv.read(text, metrics);
          case Read.Invalid<String>(List<Problem> faults) -> new Read.Invalid<>(faults);
        };
    return switch (read) {
      case Read.Valid<ObservationTable>(ObservationTable table) -> Optional.of(table);
      case Read.Invalid<ObservationTable>(List<Problem> faults) -> {
        faults.forEach(fault -> problems.add(observations + ": " + fault));
        yield Optional.empty();
      }
    };
  }

  private static void checkColumns(
      Path observations,
      Set<String> metrics,
      ObservationTable table,
      List<String> problems,
      List<String> warnings) {
    if (metrics.stream().noneMatch(table.columns()::contains)) {
      problems.add(
          observations
              + ": has a column for none of the policy's metrics: "
              + String.join(", ", metrics));
      return;
    }
    for (String metric : metrics) {
      if (!table.columns().contains(metric)) {
        warnings.add(
            observations + ": has no column " + metric + "; its rules have no data points");
      }
    }
    for (String column : table.columns()) {
      if (!metrics.contains(column)) {
        warnings.add(
            observations
                + ": column "
                + column
                + " is the metric of no rule"
                + NearestName.hint(column, metrics));
      }
    }
  }

  private static Policy effective(
      ScalingPolicy policy, PolicyFile read, List<String> problems, List<String> warnings) {
    Policy written = policy.policy();
    if (written.isShadow()) {
      warnings.add("the policy is in mode Shadow; it is replayed as if it steered");
    }
    written
        .pool()
        .ifPresent(pool -> warnings.add("pool " + pool + " is not replayed: no quota binds"));
    if (policy.profile().isEmpty()) {
      return written.withShadow(false);
    }
    String wanted = policy.profile().get();
    List<Profile> found =
        read.profiles().stream()
            .map(PolicyFile.Located::value)
            .filter(it -> it.name().equals(wanted))
            .toList();
    if (found.size() > 1) {
      problems.add("profile " + wanted + " is there " + found.size() + " times");
    }
    if (found.isEmpty()) {
      warnings.add("profile " + wanted + " is not applied; give its file by --profile");
      return written.withShadow(false);
    }
    Profile profile = found.getFirst();
    if (!profile.isScalingEnabled()) {
      warnings.add("profile " + wanted + " does not scale; it is replayed as if it did");
    }
    return profile.apply(written).withShadow(false);
  }

  private void print(Policy policy, ObservationTable table, int replicas) {
    ReplayOutput printed = output();
    printed.begin();
    Replay.run(policy, table, replicas, printed::row);
    printed.end();
    spec.commandLine().getOut().flush();
  }

  private ReplayOutput output() {
    PrintWriter out = spec.commandLine().getOut();
    return switch (output) {
      case json -> new ReplayOutput.Json(out);
      case table -> new ReplayOutput.Table(out);
    };
  }
}
