package io.gpuscaling.benchmarks.process;

import java.nio.file.Files;
import java.nio.file.Path;

/** Files of the checkout that is measured: its programs and the pages recorded for its tests. */
public final class Checkout {

  private Checkout() {}

  /**
   * A file or folder by its path from the root of the checkout.
   *
   * @throws IllegalStateException when the working folder is not inside a checkout
   */
  public static Path path(String first, String... more) {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isExecutable(folder.resolve("bin").resolve("gpuscaling-metrics-adapter"))) {
      folder = folder.getParent();
      if (folder == null) {
        throw new IllegalStateException("not inside a checkout: " + Path.of("").toAbsolutePath());
      }
    }
    return folder.resolve(Path.of(first, more));
  }

  /** The page of a node with 8 A800, some of them split, as dcgm-exporter 3.x served it. */
  public static Path recordedPage() {
    return path("exporter", "src", "test", "resources", "dcgm", "v3.x-a800x8-mixed-mig.prom");
  }

  /** Where measurements keep certificates and logs; of no value once they are over. */
  public static Path scratch(String name) {
    return path("benchmarks", "target", "runs", name);
  }
}
