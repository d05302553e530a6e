package io.gpuscaling.adapter.ingest;

import java.security.cert.X509Certificate;

/** What an exporter shows to say who it is. */
sealed interface ExporterCredential {

  /** A bearer token. Never logged. */
  record Token(String value) implements ExporterCredential {

    @Override
    public String toString() {
      return "Token[***]";
    }
  }

  /** A client certificate that the TLS handshake has verified against the CA of the exporters. */
  record Certificate(X509Certificate certificate) implements ExporterCredential {}
}
