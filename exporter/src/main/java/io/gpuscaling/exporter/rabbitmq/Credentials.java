package io.gpuscaling.exporter.rabbitmq;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a connection is made with, to be compared with what the files hold later. Its text never
 * shows the password.
 *
 * @param password or token
 * @param tlsFiles size and time of change of each TLS file
 */
record Credentials(String password, List<Stamp> tlsFiles) {

  /** What changes with a file. */
  record Stamp(long bytes, FileTime changed) {}

  /** Copies the list. */
  Credentials {
    tlsFiles = List.copyOf(tlsFiles);
  }

  /**
   * As they are now.
   *
   * @throws IOException when one cannot be read
   */
  static Credentials read(BrokerSettings settings) throws IOException {
    return new Credentials(settings.readPassword(), stamps(settings.tlsFiles()));
  }

  /**
   * What is to be seen of these files without reading them.
   *
   * @throws IOException when one is not there
   */
  static List<Stamp> stamps(BrokerSettings.TlsFiles files) throws IOException {
    List<Stamp> stamps = new ArrayList<>();
    for (Path file : new @Nullable Path[] {files.caFile(), files.certFile(), files.keyFile()}) {
      if (file != null) {
        stamps.add(new Stamp(Files.size(file), Files.getLastModifiedTime(file)));
      }
    }
    return stamps;
  }

  @Override
  public String toString() {
    return "credentials";
  }
}
