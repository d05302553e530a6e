package io.gpuscaling.benchmarks.process;

import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.IssuedCertificate;

/** An adapter as simulated exporters see it. Safe for use by any thread. */
public interface IngestTarget {

  /** The namespace of all simulated pods. */
  String NAMESPACE = "ai-workers";

  /** Port that exporters stream to, on loopback. */
  int grpcPort();

  /** What issued its certificate. */
  CertificateAuthority authority();

  /** A new certificate for the exporter of a node. */
  IssuedCertificate exporterOf(String node);
}
