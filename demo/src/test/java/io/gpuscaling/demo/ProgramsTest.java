package io.gpuscaling.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gpuscaling.testkit.process.ProcessFailedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With launchers that end at once, which the real ones should not. */
final class ProgramsTest {

  private static final String BROKEN =
      """
      #!/bin/sh
      echo "2026-01-01T00:00:00Z INFO  fine"
      echo "2026-01-01T00:00:00Z WARN  the port is taken"
      echo "2026-01-01T00:00:00Z ERROR cannot start"
      exit 1
      """;

  @TempDir private Path folder;

  @Test
  void programThatEnds_saidByNameAndByItsLog() throws Exception {
    Path launcher = folder.resolve("gpuscaling-metrics-adapter");
    Files.createFile(
        launcher,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Files.writeString(launcher, BROKEN);
    DemoPki pki = DemoPki.create(folder, InstantSource.system());
    try (var programs = new Programs(folder, folder, pki)) {
      assertThat(programs.ended()).isEmpty();
      programs.startAdapter("demo", "jobs", List.of("gpu-a"), folder);
      assertThat(programs.described()).singleElement().asString().startsWith("metrics-adapter pid");
      assertThatThrownBy(programs::awaitReady)
          .isInstanceOf(ProcessFailedException.class)
          .hasMessageContaining("the port is taken");
      Awaitility.await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> programs.ended().equals(List.of("metrics-adapter")));
      assertThat(programs.complaints())
          .hasSize(2)
          .allSatisfy(line -> assertThat(line).startsWith("metrics-adapter: 2026"));
    }
  }
}
