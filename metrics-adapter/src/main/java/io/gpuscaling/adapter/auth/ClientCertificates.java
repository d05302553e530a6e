package io.gpuscaling.adapter.auth;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;

/**
 * The certificates that a client showed in its handshake, which proved that it has the first one's
 * key. Nothing else about them is verified yet. Made once for a connection; immutable.
 *
 * @param chain the client's own certificate first, then intermediates; empty when it showed none
 * @param fingerprint SHA-256 of the whole chain, in hex; empty when there is none
 * @param leafFingerprint SHA-256 of the client's own certificate
 */
public record ClientCertificates(
    List<X509Certificate> chain, String fingerprint, String leafFingerprint) {

  /** Most certificates of a chain that are looked at. */
  public static final int MAX_CHAIN_LENGTH = 10;

  /** The client showed no certificate. */
  public static final ClientCertificates NONE = new ClientCertificates(List.of(), "", "");

  /** Copies the chain. */
  public ClientCertificates {
    chain = List.copyOf(chain);
  }

  /** The certificates of a handshake; a chain that is too long counts as none. */
  public static ClientCertificates of(List<X509Certificate> chain) {
    if (chain.isEmpty() || chain.size() > MAX_CHAIN_LENGTH) {
      return NONE;
    }
    try {
      MessageDigest whole = MessageDigest.getInstance("SHA-256");
      for (X509Certificate certificate : chain) {
        whole.update(certificate.getEncoded());
      }
      byte[] leaf = MessageDigest.getInstance("SHA-256").digest(chain.getFirst().getEncoded());
      return new ClientCertificates(
          chain, HexFormat.of().formatHex(whole.digest()), HexFormat.of().formatHex(leaf));
    } catch (GeneralSecurityException e) {
      return NONE; // what cannot be encoded cannot be believed
    }
  }

  /** Whether the client showed one. */
  public boolean isPresent() {
    return !chain.isEmpty();
  }
}
