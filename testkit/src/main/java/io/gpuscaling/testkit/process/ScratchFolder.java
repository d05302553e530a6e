package io.gpuscaling.testkit.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/** A folder whose content is of no value once a test run is over, but is kept to be looked at. */
public final class ScratchFolder {

  private ScratchFolder() {}

  /**
   * Makes the folder, and deletes what a former run left in it. Links are deleted, not followed.
   *
   * @return the folder
   */
  public static Path empty(Path folder) {
    try {
      Files.createDirectories(folder);
      for (Path file : childrenFirst(folder)) {
        Files.delete(file);
      }
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot empty " + folder, e);
    }
  }

  private static List<Path> childrenFirst(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      return files.filter(file -> !file.equals(folder)).sorted(Comparator.reverseOrder()).toList();
    }
  }
}
