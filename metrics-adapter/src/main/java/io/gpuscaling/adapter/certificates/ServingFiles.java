package io.gpuscaling.adapter.certificates;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The serving certificate and key as files, which the servers read like those of anybody else. Both
 * change at once: they are reached through a link, as the kubelet does it. Only this user can read
 * them. For one thread at a time.
 */
public final class ServingFiles {

  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");
  private static final String LINK = "current";

  private final Path folder;
  private long generation;

  private ServingFiles(Path folder) {
    this.folder = folder;
  }

  /** A new folder for them in that of temporary files. */
  public static ServingFiles create() throws IOException {
    return new ServingFiles(Files.createTempDirectory("gpuscaling-tls"));
  }

  /** PEM chain. */
  public Path certificate() {
    return folder.resolve(LINK).resolve("tls.crt");
  }

  /** PEM key. */
  public Path privateKey() {
    return folder.resolve(LINK).resolve("tls.key");
  }

  /** Replaces both. */
  void write(Identity identity) throws IOException {
    Path next = Files.createDirectory(folder.resolve("generation-" + ++generation));
    Path key = next.resolve("tls.key");
    Files.createFile(key, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    Files.writeString(key, Pem.of(identity.key()));
    Files.writeString(next.resolve("tls.crt"), Pem.of(List.of(identity.certificate())));
    Path link = folder.resolve("next");
    Files.deleteIfExists(link);
    Files.createSymbolicLink(link, next.getFileName());
    Files.move(link, folder.resolve(LINK), StandardCopyOption.ATOMIC_MOVE);
    // The one before may be being read; the one before that is not.
    delete(folder.resolve("generation-" + (generation - 2)));
  }

  private static void delete(Path old) throws IOException {
    if (Files.isDirectory(old)) {
      try (Stream<Path> files = Files.list(old)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(old);
    }
  }

  /** Deletes them. */
  void clear() throws IOException {
    Files.deleteIfExists(folder.resolve(LINK));
    try (Stream<Path> generations = Files.list(folder)) {
      for (Path each : generations.toList()) {
        delete(each);
      }
    }
    Files.deleteIfExists(folder);
  }
}
