package io.gpuscaling.e2e.world;

import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.process.Command;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A person at a terminal, with the administrator's rights. */
public final class CommandLineUser {

  private static final Duration DEADLINE = Duration.ofSeconds(90);

  private final ControlPlane plane;
  private final Path bin = Repository.path("bin");

  /** At a terminal of that cluster. */
  public CommandLineUser(ControlPlane plane) {
    this.plane = plane;
  }

  /** Types {@code kubectl gpuscaling ...}. */
  public Command.Result plugin(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(plane.tools().folder().resolve("kubectl").toString(), "gpuscaling"));
    command.addAll(List.of(arguments));
    return run(command);
  }

  /** Types {@code gpuscaling ...}. */
  public Command.Result gpuscaling(String... arguments) {
    List<String> command = new ArrayList<>(List.of(bin.resolve("gpuscaling").toString()));
    command.addAll(List.of(arguments));
    return run(command);
  }

  private Command.Result run(List<String> command) {
    Path tools = plane.tools().folder().toAbsolutePath();
    return Command.run(
        command,
        Map.of(
            "PATH", bin + ":" + tools + ":/usr/bin:/bin",
            "KUBECONFIG", plane.adminKubeconfig().toString(),
            "HOME", plane.folder().resolve("home").toString()),
        "",
        DEADLINE);
  }
}
