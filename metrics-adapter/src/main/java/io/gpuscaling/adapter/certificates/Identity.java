package io.gpuscaling.adapter.certificates;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;

/** A certificate and its key; the text shows no key. */
public record Identity(X509Certificate certificate, PrivateKey key) {

  /** When it begins. */
  Instant begin() {
    return certificate.getNotBefore().toInstant();
  }

  /** When it ends. */
  Instant end() {
    return certificate.getNotAfter().toInstant();
  }

  @Override
  public String toString() {
    return "Identity[" + certificate.getSubjectX500Principal() + " until " + end() + "]";
  }
}
