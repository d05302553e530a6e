package io.gpuscaling.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts in bin/, in a tree of their own with a java that only prints what it was given. */
class LauncherTest {

  @TempDir private Path root;
  private Path home;
  private Path javaHome;

  private record Outcome(int exitCode, String out, String err) {}

  @BeforeEach
  void makeTree() throws IOException {
    home = Files.createDirectories(root.resolve("a tree"));
    Files.createDirectories(home.resolve("bin"));
    for (String script :
        List.of(
            "launch",
            "find-jdk",
            "gpuscaling",
            "gpuscaling-exporter",
            "gpuscaling-metrics-adapter")) {
      Path source = Path.of("..", "bin", script);
      executable(home.resolve("bin").resolve(script), Files.readString(source));
    }
    javaHome = root.resolve("jdk");
    Files.createDirectories(javaHome.resolve("bin"));
    Files.writeString(javaHome.resolve("release"), "JAVA_VERSION=\"25.0.1\"\n");
    executable(javaHome.resolve("bin/java"), "#!/bin/sh\nfor a; do echo \"<$a>\"; done\nexit 7\n");
  }

  private static void executable(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Outcome run(Path script, String options, String... arguments)
      throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of(script.toString()));
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command);
    builder.environment().put("JAVA_HOME", javaHome.toString());
    builder.environment().put("GPUSCALING_JAVA_OPTS", options);
    Process process = builder.start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    return new Outcome(process.exitValue(), out, err);
  }

  private Path exporter() {
    return home.resolve("bin/gpuscaling-exporter");
  }

  private Path jar(String name, long time) throws IOException {
    Files.createDirectories(home.resolve("exporter/target/lib"));
    Path jar = Files.writeString(home.resolve("exporter/target").resolve(name), "");
    Files.setLastModifiedTime(jar, FileTime.fromMillis(time));
    return jar;
  }

  @Test
  void launch_notBuilt_saysWhatToDo() throws Exception {
    Outcome outcome = run(exporter(), "");
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.err())
        .isEqualTo("gpuscaling-exporter is not built: run 'make build' in " + home + "\n");
  }

  @Test
  void launch_sourceTree_takesNewestJarAndLibraries() throws Exception {
    jar("gpuscaling-exporter-0.1.0.jar", 1_000_000);
    Path newest = jar("gpuscaling-exporter-0.2.0.jar", 2_000_000);
    jar("gpuscaling-exporter-0.2.0-tests.jar", 3_000_000);

    Outcome outcome = run(exporter(), "-Da=1 -Xmx99m", "--listen", "a b:1", "*");

    assertThat(outcome.exitCode()).isEqualTo(7);
    assertThat(outcome.out())
        .contains(
            """
            <-Da=1>
            <-Xmx99m>
            <-cp>
            <%s:%s/exporter/target/lib/*>
            <io.gpuscaling.exporter.Main>
            <--listen>
            <a b:1>
            <*>
            """
                .formatted(newest, home))
        .containsSubsequence("<-Xmx48m>", "<-Xmx99m>")
        .contains(
            "<--enable-native-access=ALL-UNNAMED>", "<--sun-misc-unsafe-memory-access=allow>");
    assertThat(outcome.err()).isEmpty();
  }

  @Test
  void launch_installedTreeThroughALink_takesItsLibraries() throws Exception {
    Files.createDirectories(home.resolve("lib/metrics-adapter"));
    Path link =
        Files.createSymbolicLink(
            root.resolve("adapter"), home.resolve("bin/gpuscaling-metrics-adapter"));
    Outcome outcome = run(link, "", "--version");
    assertThat(outcome.out())
        .contains(
            "<-cp>\n<"
                + home
                + "/lib/metrics-adapter/*>\n<io.gpuscaling.adapter.Main>\n<--version>")
        .contains("<-Xmx256m>")
        .doesNotContain("TieredStopAtLevel");
  }

  @Test
  void launch_command_handsItsArgumentsOn() throws Exception {
    Files.createDirectories(home.resolve("lib/cli"));

    Outcome outcome = run(home.resolve("bin/gpuscaling"), "", "replay", "--policy", "a b");

    assertThat(outcome.out())
        .contains(
            "<-cp>\n<"
                + home
                + "/lib/cli/*>\n<io.gpuscaling.cli.Main>\n<replay>\n<--policy>\n<a b>");
  }
}
