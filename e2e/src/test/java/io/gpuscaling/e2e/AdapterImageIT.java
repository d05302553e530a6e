package io.gpuscaling.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.e2e.world.Repository;
import io.gpuscaling.testkit.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the adapter's image holds, laid out as it is there, and {@code kubectl gpuscaling} of
 * somebody who has no Java and draws by {@code kubectl exec} in it. No container runtime is here: a
 * stand-in for kubectl starts what would be started in the container.
 */
@Timeout(240)
class AdapterImageIT {

  private static final Duration DEADLINE = Duration.ofSeconds(90);
  private static final Path FILES = Repository.path("cli", "src", "test", "resources", "render");

  @TempDir private static Path image;
  @TempDir private Path folder;

  @BeforeAll
  static void layOut() {
    Command.run(
            List.of(
                Repository.path("build", "image-layout").toString(),
                "metrics-adapter",
                image.toString()),
            DEADLINE)
        .orThrow();
  }

  private static Map<String, String> container() {
    return Map.of(
        "PATH", image + "/bin:/usr/bin:/bin", "JAVA_HOME", System.getProperty("java.home"));
  }

  /** A kubectl that may exec when that exit code is 0, and finds the programs of a folder there. */
  private Path kubectl(int mayExec, Path programs) throws IOException {
    Path kubectl = folder.resolve("kubectl");
    Files.writeString(
        kubectl,
        """
        #!/bin/sh
        echo "$*" >>%1$s/asked
        case "$*" in
          *'auth can-i'*) exit %2$d ;;
          exec*)
            while [ "$1" != -- ]; do shift; done
            shift
            PATH=%3$s/bin:/usr/bin:/bin exec "$@"
            ;;
          *'-o json'*) cat %4$s ;;
          *) echo "as kubectl has it" ;;
        esac
        """
            .formatted(folder, mayExec, programs, FILES.resolve("list.json")));
    assertThat(kubectl.toFile().setExecutable(true)).isTrue();
    return kubectl;
  }

  /** The script alone: nothing that draws is beside it. */
  private Command.Result list(Path kubectl) throws IOException {
    Path script = folder.resolve("kubectl-gpuscaling");
    Files.copy(Repository.path("bin", "kubectl-gpuscaling"), script);
    return Command.run(
        List.of(script.toString(), "list", "-n", "ai"),
        Map.of(
            "PATH",
            "/usr/bin:/bin",
            "KUBECTL",
            kubectl.toString(),
            "JAVA_HOME",
            System.getProperty("java.home")),
        "",
        DEADLINE);
  }

  @Test
  void image_hasBothPrograms_andEachJarOnce() throws IOException {
    for (String program : List.of("gpuscaling", "gpuscaling-metrics-adapter")) {
      assertThat(
              Command.run(
                      List.of(image.resolve("bin").resolve(program).toString(), "--version"),
                      container(),
                      "",
                      DEADLINE)
                  .orThrow())
          .contains("gpuscaling");
    }
    try (Stream<Path> jars = Files.walk(image.resolve("lib"))) {
      assertThat(jars.filter(it -> it.toString().endsWith(".jar") && !Files.isSymbolicLink(it)))
          .extracting(it -> it.getFileName().toString())
          .doesNotHaveDuplicates();
    }
  }

  @Test
  void whoMayExec_isDrawnFor_byTheImage() throws IOException {
    Command.Result drawn = list(kubectl(0, image));

    assertThat(drawn.orThrow()).isEqualTo(Files.readString(FILES.resolve("list.txt")));
    assertThat(Files.readString(folder.resolve("asked")))
        .contains(
            "auth can-i create pods --subresource=exec --namespace=gpuscaling",
            "exec -i --namespace=gpuscaling --pod-running-timeout=5s deploy/metrics-adapter --"
                + " env");
  }

  @Test
  void whoMayNotExec_getsWhatKubectlSays() throws IOException {
    assertThat(list(kubectl(1, image)).orThrow()).isEqualTo("as kubectl has it\n");
    assertThat(Files.readString(folder.resolve("asked"))).doesNotContain("exec -i");
  }

  @Test
  void imageThatDoesNotDraw_isNamed_andKubectlSpeaks() throws IOException {
    Command.Result result = list(kubectl(0, folder));

    assertThat(result.orThrow()).isEqualTo("as kubectl has it\n");
    assertThat(result.stderr()).contains("gpuscaling/metrics-adapter does not draw (kubectl exec)");
  }
}
