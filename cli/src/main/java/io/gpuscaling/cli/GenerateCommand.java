package io.gpuscaling.cli;

import io.gpuscaling.kubernetes.policy.GeneratedHpa;
import io.gpuscaling.kubernetes.policy.ScalingPolicy;
import io.gpuscaling.kubernetes.yaml.YamlDocuments;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code gpuscaling generate}. */
@Command(
    name = "generate",
    mixinStandardHelpOptions = true,
    description = {
      "Prints the HorizontalPodAutoscaler through which a policy takes effect, to be applied or"
          + " kept beside the policy. It follows the policy exactly: no tolerance, no"
          + " stabilization, and the widest bounds of the policy and its schedule."
    })
final class GenerateCommand implements Callable<Integer> {

  private static final int MAX_PERCENT = 1000;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "POLICY.yaml", description = "YAML with a ScalingPolicy.")
  private Path policyFile = Path.of("");

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "Which policy, where the file has several.")
  private Optional<String> name = Optional.empty();

  @Option(
      names = "--external",
      description =
          "Reads the decision by external.metrics.k8s.io instead of as a metric of the target;"
              + " for clusters whose external slot is ours.")
  private boolean isExternal;

  @Option(
      names = "--cpu-safety",
      paramLabel = "PERCENT",
      description =
          "Adds an independent CPU metric: with every adapter dead the HPA still scales up on it,"
              + " and never down.")
  private Optional<Integer> cpuSafety = Optional.empty();

  @Option(
      names = "--no-tolerance-field",
      description = {
        "For API servers that drop behavior.scaleUp.tolerance: those before Kubernetes 1.35, unless"
            + " the feature gate HPAConfigurableTolerance is on. The condition Followed of a policy"
            + " says ToleranceNotSet there. The HPA's own policies hold it to the smallest step of"
            + " the rules, once in 60 s, and the adapter serves a value just outside the HPA's"
            + " tolerance. So nothing changes the replicas faster than that, an order by hand or a"
            + " lower maximum neither."
      })
  private boolean hasNoToleranceField;

  @Override
  public Integer call() {
    PolicyChoice choice =
        PolicyChoice.of(PolicyFile.read(List.of(policyFile)), policyFile.toString(), name);
    if (cpuSafety.isPresent() && (cpuSafety.get() < 1 || cpuSafety.get() > MAX_PERCENT)) {
      return Gpuscaling.refuse(
          spec, List.of("--cpu-safety " + cpuSafety.get() + ": must be 1 to " + MAX_PERCENT));
    }
    return switch (choice) {
      case PolicyChoice.None(List<String> problems) -> Gpuscaling.refuse(spec, problems);
      case PolicyChoice.One(ScalingPolicy policy) -> {
        var form = isExternal ? GeneratedHpa.Form.EXTERNAL : GeneratedHpa.Form.OBJECT;
        var tolerance =
            hasNoToleranceField
                ? GeneratedHpa.Tolerance.UNKNOWN_FIELD
                : GeneratedHpa.Tolerance.NONE;
        OptionalInt safety = cpuSafety.map(OptionalInt::of).orElse(OptionalInt.empty());
        PrintWriter out = spec.commandLine().getOut();
        out.print(YamlDocuments.write(GeneratedHpa.tree(policy.policy(), form, tolerance, safety)));
        out.flush();
        yield Gpuscaling.EXIT_OK;
      }
    };
  }
}
