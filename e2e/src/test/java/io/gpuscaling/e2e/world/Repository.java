package io.gpuscaling.e2e.world;

import java.nio.file.Files;
import java.nio.file.Path;

/** Files of the checkout that the tests run in. */
public final class Repository {

  private Repository() {}

  /** A file or folder by its path from the root of the checkout. */
  public static Path path(String first, String... more) {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(folder.resolve("manifests"))
        || !Files.isDirectory(folder.resolve("bin"))) {
      folder = folder.getParent();
      if (folder == null) {
        throw new IllegalStateException("not inside a checkout: " + Path.of("").toAbsolutePath());
      }
    }
    return folder.resolve(Path.of(first, more));
  }
}
