package io.gpuscaling.testkit.controlplane;

import io.gpuscaling.testkit.process.Command;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The folder with the binaries of the control plane.
 *
 * @param folder holds {@code etcd}, {@code kube-apiserver}, {@code kube-controller-manager}, {@code
 *     kubectl}, {@code kwok} and {@code kwok-stages/}
 */
public record ControlPlaneTools(Path folder) {

  /** Names the folder when the binaries are there already; {@code make test} sets it. */
  public static final String FOLDER_VARIABLE = "TESTKIT_TOOLS";

  private static final List<String> NEEDED =
      List.of("etcd", "kube-apiserver", "kube-controller-manager", "kubectl", "kwok");
  private static final Path SCRIPT = Path.of("testkit", "tools", "build-tools");

  /** A cold build takes 6 to 12 minutes on 2 cores. */
  private static final Duration BUILD_TIMEOUT = Duration.ofMinutes(30);

  /**
   * Checks that every binary is there.
   *
   * @throws IllegalStateException when one is missing; the message says what to do
   */
  public ControlPlaneTools {
    Path checked = folder;
    var missing =
        NEEDED.stream().filter(tool -> !Files.isExecutable(checked.resolve(tool))).toList();
    if (!missing.isEmpty()) {
      throw new IllegalStateException(
          "the test control plane lacks %s in %s: run testkit/tools/build-tools (needs Go 1.26) and unset %s"
              .formatted(missing, folder, FOLDER_VARIABLE));
    }
  }

  /**
   * Finds the binaries: the folder named by {@value #FOLDER_VARIABLE}, else what {@code
   * testkit/tools/build-tools} prints, which builds them when they are missing.
   *
   * @param environment the environment variables of this process
   * @param workingFolder a folder inside the repository
   * @throws IllegalStateException when they cannot be had; the message says what to install
   */
  public static ControlPlaneTools locate(Map<String, String> environment, Path workingFolder) {
    String named = environment.get(FOLDER_VARIABLE);
    if (named != null && !named.isEmpty()) {
      return new ControlPlaneTools(Path.of(named));
    }
    return new ControlPlaneTools(build(workingFolder, "control-plane"));
  }

  /**
   * The folder of a set of programs, which is built when it is missing.
   *
   * @param workingFolder a folder inside the repository
   * @param set as {@code testkit/tools/build-tools} calls it
   * @throws IllegalStateException when it cannot be had; the message says what to install
   */
  public static Path build(Path workingFolder, String set) {
    var built = Command.run(List.of(script(workingFolder).toString(), set), BUILD_TIMEOUT);
    if (!built.isSuccess()) {
      throw new IllegalStateException("no " + set + " for tests: " + built.stderr().strip());
    }
    return Path.of(built.stdout().strip());
  }

  /** The path of one binary. */
  public String path(String tool) {
    return folder.resolve(tool).toString();
  }

  /** The stage file of kwok with this name. */
  public Path kwokStage(String name) {
    return folder.resolve("kwok-stages").resolve(name + ".yaml");
  }

  private static Path script(Path workingFolder) {
    for (Path at = workingFolder.toAbsolutePath(); at != null; at = at.getParent()) {
      Path script = at.resolve(SCRIPT);
      if (Files.isExecutable(script)) {
        return script;
      }
    }
    throw new IllegalStateException(
        "no %s above %s: run the tests inside the repository, or set %s"
            .formatted(SCRIPT, workingFolder, FOLDER_VARIABLE));
  }
}
