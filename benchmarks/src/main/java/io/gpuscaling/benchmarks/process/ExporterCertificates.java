package io.gpuscaling.benchmarks.process;

import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.CertificateSpec;
import io.gpuscaling.testkit.pki.IssuedCertificate;
import io.gpuscaling.testkit.pki.SubjectName;
import java.time.InstantSource;

/** Certificates by which an adapter knows exporters and their nodes. */
public final class ExporterCertificates {

  private static final String EXPORTERS = "gpuscaling:exporters";

  private ExporterCertificates() {}

  /** A new one for the exporter of a node. */
  public static IssuedCertificate issue(CertificateAuthority authority, String node) {
    return authority.issue(
        CertificateSpec.client(node, InstantSource.system().instant(), EXPORTERS)
            .withNames(new SubjectName.Uri("gpuscaling://node/" + node)));
  }

  /** A new one for a queue reader. */
  public static IssuedCertificate queueReader(CertificateAuthority authority, String name) {
    return authority.issue(
        CertificateSpec.client(name, InstantSource.system().instant(), EXPORTERS)
            .withNames(new SubjectName.Uri("gpuscaling://queues/" + name)));
  }
}
