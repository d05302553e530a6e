package io.gpuscaling.testkit.controlplane;

import io.gpuscaling.testkit.pki.IssuedCertificate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;

/** Writes kubeconfig files that hold everything themselves. */
final class Kubeconfig {

  private final String serverUrl;
  private final String authorityPem;

  Kubeconfig(String serverUrl, String authorityPem) {
    this.serverUrl = serverUrl;
    this.authorityPem = authorityPem;
  }

  /** With a client certificate. The key is in SEC1, which every client library reads. */
  Path write(Path file, IssuedCertificate identity) {
    return writeUser(
        file,
        "    client-certificate-data: %s%n    client-key-data: %s"
            .formatted(base64(identity.certificatePem()), base64(identity.privateKeySec1Pem())));
  }

  /** With a bearer token. */
  Path write(Path file, String token) {
    return writeUser(file, "    token: " + token);
  }

  private Path writeUser(Path file, String user) {
    try {
      Files.createDirectories(file.getParent());
      Files.deleteIfExists(file);
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      return Files.writeString(
          file,
          """
          apiVersion: v1
          kind: Config
          clusters:
          - name: test
            cluster:
              server: %s
              certificate-authority-data: %s
          users:
          - name: user
            user:
          %s
          contexts:
          - name: test
            context: {cluster: test, user: user}
          current-context: test
          """
              .formatted(serverUrl, base64(authorityPem), user.stripTrailing()));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
  }
}
