package io.gpuscaling.e2e.world;

import io.gpuscaling.testkit.process.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;

/**
 * NVIDIA's management library as the exporter's own tests know it, made by a C compiler: a whole
 * GPU with three processes, and one that is divided.
 */
public final class StubNvml {

  /** The UUID of the whole GPU. */
  public static final String WHOLE = "GPU-1";

  /** What is used of its memory, by {@code nvmlDeviceGetMemoryInfo_v2}. */
  public static final double USED_BYTES = 8.0 * (1L << 30);

  private static final Duration COMPILE_TIMEOUT = Duration.ofMinutes(2);

  private final Path library;
  private final Path control;

  private StubNvml(Path library, Path control) {
    this.library = library;
    this.control = control;
  }

  /** Compiles it into a folder, which exists. */
  public static StubNvml compile(Path folder) {
    Path control = folder.resolve("nvml-control");
    Path library = folder.resolve("libnvidia-ml.so.1");
    Path source =
        Repository.path("exporter", "src", "test", "resources")
            .resolve(Path.of("io", "gpuscaling", "exporter", "nvml", "stub.c"));
    Command.run(
            List.of(
                "gcc",
                "-shared",
                "-fPIC",
                "-DDRIVER=3",
                "-DCONTROL=\"" + control + "\"",
                "-o",
                library.toString(),
                source.toString()),
            COMPILE_TIMEOUT)
        .orThrow();
    var stub = new StubNvml(library, control);
    stub.tell("");
    return stub;
  }

  /** The library's file. */
  public Path library() {
    return library;
  }

  /** From now on it answers by this word: {@code busy} gives every GPU 40 processes. */
  public void tell(String word) {
    try {
      // In one step: the library may look while it is written.
      Path next = control.resolveSibling("nvml-control.next");
      Files.writeString(next, word + "\n");
      Files.move(next, control, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
