package io.gpuscaling.cli;

import io.gpuscaling.cli.PolicyFile.Located;
import io.gpuscaling.kubernetes.policy.GpuPool;
import io.gpuscaling.kubernetes.policy.ScalingPolicy;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code gpuscaling validate}. */
@Command(
    name = "validate",
    mixinStandardHelpOptions = true,
    description = {
      "Checks ScalingPolicies, GpuPools and ScalingProfiles in YAML files, each for itself as the"
          + " API server does, and together: two policies for one target, a pool that is smaller"
          + " than the minimums of its policies (a GPU for each replica), a class that the pool"
          + " does not grant. Objects of other groups are passed over."
    })
final class ValidateCommand implements Callable<Integer> {

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "YAML files.")
  private List<Path> files = new ArrayList<>();

  @Override
  public Integer call() {
    PolicyFile read = PolicyFile.read(files);
    List<String> problems = new ArrayList<>(read.problems());
    complainOfSharedTargets(read, problems);
    read.pools().forEach(pool -> complainOfPool(pool, read, problems));
    if (!problems.isEmpty()) {
      return Gpuscaling.refuse(spec, problems);
    }
    PrintWriter out = spec.commandLine().getOut();
    read.policies().forEach(it -> out.println(it.where() + ": valid"));
    read.pools().forEach(it -> out.println(it.where() + ": valid"));
    read.profiles().forEach(it -> out.println(it.where() + ": valid"));
    if (read.others() > 0) {
      out.println(read.others() + " objects of other groups passed over");
    }
    out.flush();
    return Gpuscaling.EXIT_OK;
  }

  private static void complainOfSharedTargets(PolicyFile read, List<String> problems) {
    Map<String, String> owners = new HashMap<>();
    for (Located<ScalingPolicy> it : read.policies()) {
      var policy = it.value().policy();
      if (policy.isShadow()) {
        continue; // It steers nothing.
      }
      String target = policy.name().namespace() + "/" + policy.target();
      String owner = owners.putIfAbsent(target, it.where());
      if (owner != null) {
        problems.add(
            it.where() + ": spec.scaleTargetRef: " + target + " is the target of " + owner);
      }
    }
  }

  private static void complainOfPool(
      Located<GpuPool> pool, PolicyFile read, List<String> problems) {
    String name = pool.value().metadata().name();
    long minimums = 0;
    for (Located<ScalingPolicy> it : read.policies()) {
      var policy = it.value().policy();
      if (!policy.pool().map(name::equals).orElse(false)) {
        continue;
      }
      minimums += policy.bounds().minReplicas();
      var granted = pool.value().granted(policy.name().namespace(), policy.workloadClass());
      if (granted.isEmpty()) {
        problems.add(
            it.where()
                + ": spec.pool: "
                + name
                + " does not grant namespace "
                + policy.name().namespace()
                + "; add it to the pool's spec.namespaces");
      } else if (granted.get() != policy.workloadClass()) {
        problems.add(
            it.where()
                + ": spec.workloadClass: pool "
                + name
                + " grants namespace "
                + policy.name().namespace()
                + " no more than "
                + granted.get().word());
      }
    }
    if (pool.value().gpuLimit().isPresent() && minimums > pool.value().gpuLimit().getAsInt()) {
      problems.add(
          pool.where()
              + ": spec.gpuLimit: "
              + pool.value().gpuLimit().getAsInt()
              + " is less than the "
              + minimums
              + " replicas that its policies keep at least");
    }
  }
}
