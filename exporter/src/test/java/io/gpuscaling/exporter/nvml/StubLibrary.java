package io.gpuscaling.exporter.nvml;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A management library made from {@code stub.c}, which a test tells what to answer. */
final class StubLibrary {

  private static final long COMPILE_SECONDS = 60;

  private final Path file;
  private final Path control;

  private StubLibrary(Path file, Path control) {
    this.file = file;
    this.control = control;
  }

  /**
   * Compiles one.
   *
   * @param defines macros of the file: {@code DRIVER=3}
   */
  static StubLibrary compile(Path folder, String... defines)
      throws IOException, InterruptedException {
    Path control = folder.resolve("control");
    Files.writeString(control, "");
    Path source = folder.resolve("stub.c");
    try (InputStream text = StubLibrary.class.getResourceAsStream("stub.c")) {
      assertThat(text).as("stub.c").isNotNull();
      Files.copy(text, source);
    }
    Path library = folder.resolve("libnvidia-ml.so.1");
    var command =
        new ArrayList<>(List.of("gcc", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror"));
    command.add("-DCONTROL=\"" + control + "\"");
    for (String define : defines) {
      command.add("-D" + define);
    }
    command.addAll(List.of("-o", library.toString(), source.toString()));
    Process compiler;
    try {
      compiler =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("gcc.log").toFile())
              .start();
    } catch (IOException e) {
      throw new AssertionError(
          "the tests of NVML need a C compiler. Debian: sudo apt-get install gcc libc6-dev", e);
    }
    assertThat(compiler.waitFor(COMPILE_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(compiler.exitValue()).as(Files.readString(folder.resolve("gcc.log"))).isZero();
    return new StubLibrary(library, control);
  }

  String path() {
    return file.toString();
  }

  /** From now on the library has these words in its control file. */
  void tell(String... words) throws IOException {
    // In one step: the library may look while it is written.
    Path next = control.resolveSibling("control.next");
    Files.writeString(next, String.join("\n", words) + "\n");
    Files.move(next, control, StandardCopyOption.ATOMIC_MOVE);
  }

  /** What it was told, in order. */
  List<String> log() throws IOException {
    Path log = control.resolveSibling("control.log");
    return Files.exists(log) ? Files.readAllLines(log) : List.of();
  }
}
