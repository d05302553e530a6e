package io.gpuscaling.adapter.auth;

/**
 * All that a request says about who makes it.
 *
 * @param certificates those of its connection
 * @param headers its headers; worth nothing by themselves
 */
public record Credentials(ClientCertificates certificates, RequestHeaders headers) {

  /** Without the headers, which may carry a token. */
  @Override
  public String toString() {
    return "Credentials[certificate " + certificates.leafFingerprint() + "]";
  }
}
