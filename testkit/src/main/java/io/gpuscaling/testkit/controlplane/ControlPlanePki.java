package io.gpuscaling.testkit.controlplane;

import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.IssuedCertificate;
import io.gpuscaling.testkit.pki.SubjectName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The certificate and key files that the programs of the control plane read. */
final class ControlPlanePki {

  private final Path folder;
  private final CertificateAuthority authority;
  private final CertificateAuthority frontProxyAuthority;

  ControlPlanePki(
      Path folder, CertificateAuthority authority, CertificateAuthority frontProxyAuthority) {
    this.folder = folder;
    this.authority = authority;
    this.frontProxyAuthority = frontProxyAuthority;
  }

  void write(IssuedCertificate frontProxyClient) {
    authority
        .issueServer(
            "kube-apiserver",
            new SubjectName.Dns("localhost"),
            new SubjectName.Dns("kubernetes.default.svc"),
            new SubjectName.Ip("127.0.0.1"))
        .writeTo(folder, "apiserver");
    // Signs tokens: only its key is used, and the public half is read from the certificate.
    authority.issueClient("service-accounts").writeTo(folder, "service-accounts");
    frontProxyClient.writeTo(folder, "front-proxy-client");
    try {
      Files.writeString(file("ca.crt"), authority.certificatePem());
      Files.writeString(file("front-proxy-ca.crt"), frontProxyAuthority.certificatePem());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the certificates of the control plane", e);
    }
  }

  Path file(String name) {
    return folder.resolve(name);
  }
}
