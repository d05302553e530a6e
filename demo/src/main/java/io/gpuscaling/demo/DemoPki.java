package io.gpuscaling.demo;

import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.CertificateSpec;
import io.gpuscaling.testkit.pki.ClientTls;
import io.gpuscaling.testkit.pki.IssuedCertificate;
import io.gpuscaling.testkit.pki.IssuedCertificate.PemFiles;
import io.gpuscaling.testkit.pki.SubjectName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import javax.net.ssl.SSLContext;

/** One authority for everybody in the demo, and its files in one folder. */
final class DemoPki {

  private static final String READERS = "gpuscaling:readers";
  private static final String EXPORTERS = "gpuscaling:exporters";

  private final Path folder;
  private final CertificateAuthority authority;
  private final Path caFile;
  private final IssuedCertificate serverCertificate;
  private final PemFiles server;
  private final IssuedCertificate reader;
  private final InstantSource clock;

  private DemoPki(Path folder, CertificateAuthority authority, Path caFile, InstantSource clock) {
    this.folder = folder;
    this.authority = authority;
    this.caFile = caFile;
    this.clock = clock;
    this.serverCertificate =
        authority.issueServer(
            "localhost", new SubjectName.Ip("127.0.0.1"), new SubjectName.Dns("localhost"));
    this.server = serverCertificate.writeTo(folder, "server");
    this.reader = authority.issueClient("demo-hpa", READERS);
    reader.writeTo(folder, "reader");
  }

  static DemoPki create(Path folder, InstantSource clock) throws IOException {
    CertificateAuthority authority = CertificateAuthority.create("gpuscaling demo", clock);
    Path caFile = Files.writeString(folder.resolve("ca.crt"), authority.certificatePem());
    return new DemoPki(folder, authority, caFile, clock);
  }

  /** PEM of the authority. */
  Path caFile() {
    return caFile;
  }

  /** Certificate and key of every server on 127.0.0.1. */
  PemFiles server() {
    return server;
  }

  /** The same for a server in this process. */
  IssuedCertificate serverCertificate() {
    return serverCertificate;
  }

  /** What the reader of the metrics APIs trusts and shows. */
  SSLContext readerTls() {
    return ClientTls.trusting(authority, reader);
  }

  /** Certificate and key of the exporter of a node. */
  PemFiles nodeExporter(String node) {
    return exporter("exporter-" + node, "gpuscaling://node/" + node);
  }

  /** Certificate and key of the queue reader. */
  PemFiles queueReader(String name) {
    return exporter("queue-reader", "gpuscaling://queues/" + name);
  }

  private PemFiles exporter(String name, String uri) {
    return authority
        .issue(
            CertificateSpec.client(name, clock.instant(), EXPORTERS)
                .withNames(new SubjectName.Uri(uri)))
        .writeTo(folder, name);
  }
}
