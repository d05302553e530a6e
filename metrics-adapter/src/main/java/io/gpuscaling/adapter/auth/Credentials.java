package io.gpuscaling.adapter.auth;

/**
 * All that a request says about who makes it.
 *
 * @param certificates those of its connection
 * @param headers its headers; worth nothing by themselves
 * @param tokens what is remembered of the tokens of its connection
 */
public record Credentials(
    ClientCertificates certificates, RequestHeaders headers, TokenMemo tokens) {

  /** Of a connection of which nothing is remembered. */
  public Credentials(ClientCertificates certificates, RequestHeaders headers) {
    this(certificates, headers, new TokenMemo());
  }

  /** Without the headers, which may carry a token. */
  @Override
  public String toString() {
    return "Credentials[certificate " + certificates.leafFingerprint() + "]";
  }
}
