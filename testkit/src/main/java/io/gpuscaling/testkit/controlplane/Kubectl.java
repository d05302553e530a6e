package io.gpuscaling.testkit.controlplane;

import io.gpuscaling.testkit.process.Command;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs kubectl as one identity. It keeps no cache outside the fixture's folder. */
public final class Kubectl {

  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final ControlPlaneTools tools;
  private final Path kubeconfig;
  private final Path home;

  Kubectl(ControlPlaneTools tools, Path kubeconfig, Path home) {
    this.tools = tools;
    this.kubeconfig = kubeconfig;
    this.home = home;
  }

  /** Runs kubectl; a refusal is an answer with an exit code other than 0. */
  public Command.Result run(String... arguments) {
    return runWithInput("", arguments);
  }

  /** Runs kubectl with a text on standard input ({@code -f -}). */
  public Command.Result runWithInput(String input, String... arguments) {
    var command = new ArrayList<String>();
    command.add(tools.path("kubectl"));
    command.add("--kubeconfig=" + kubeconfig);
    command.addAll(List.of(arguments));
    return Command.run(
        command, Map.of("HOME", home.toString(), "KUBECACHEDIR", home.toString()), input, TIMEOUT);
  }

  /**
   * Applies YAML on the server's side, as a GitOps controller would.
   *
   * @throws io.gpuscaling.testkit.process.ProcessFailedException when an object is refused
   */
  public String apply(String yaml) {
    return runWithInput(yaml, "apply", "--server-side", "-f", "-").orThrow();
  }
}
