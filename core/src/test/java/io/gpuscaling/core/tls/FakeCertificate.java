package io.gpuscaling.core.tls;

import java.math.BigInteger;
import java.security.Principal;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A certificate that has a time and nothing else. */
final class FakeCertificate extends X509Certificate {

  private static final long serialVersionUID = 1L;

  private final Instant begin;
  private final Instant end;

  FakeCertificate(Instant begin, Instant end) {
    this.begin = begin;
    this.end = end;
  }

  @Override
  public Date getNotBefore() {
    return Date.from(begin);
  }

  @Override
  public Date getNotAfter() {
    return Date.from(end);
  }

  private static UnsupportedOperationException notAsked() {
    return new UnsupportedOperationException("only times are asked for");
  }

  @Override
  public void checkValidity() {
    throw notAsked();
  }

  @Override
  public void checkValidity(Date date) {
    throw notAsked();
  }

  @Override
  public int getVersion() {
    throw notAsked();
  }

  @Override
  public BigInteger getSerialNumber() {
    throw notAsked();
  }

  @Override
  @Deprecated
  public Principal getIssuerDN() {
    throw notAsked();
  }

  @Override
  @Deprecated
  public Principal getSubjectDN() {
    throw notAsked();
  }

  @Override
  public byte[] getTBSCertificate() {
    throw notAsked();
  }

  @Override
  public byte[] getSignature() {
    throw notAsked();
  }

  @Override
  public String getSigAlgName() {
    throw notAsked();
  }

  @Override
  public String getSigAlgOID() {
    throw notAsked();
  }

  @Override
  public byte[] getSigAlgParams() {
    throw notAsked();
  }

  @Override
  public boolean @Nullable [] getIssuerUniqueID() {
    return null;
  }

  @Override
  public boolean @Nullable [] getSubjectUniqueID() {
    return null;
  }

  @Override
  public boolean @Nullable [] getKeyUsage() {
    return null;
  }

  @Override
  public int getBasicConstraints() {
    return -1;
  }

  @Override
  public byte[] getEncoded() {
    throw notAsked();
  }

  @Override
  public void verify(PublicKey key) {
    throw notAsked();
  }

  @Override
  public void verify(PublicKey key, String provider) {
    throw notAsked();
  }

  @Override
  public String toString() {
    return "until " + end;
  }

  @Override
  public PublicKey getPublicKey() {
    throw notAsked();
  }

  @Override
  public boolean hasUnsupportedCriticalExtension() {
    return false;
  }

  @Override
  public @Nullable Set<String> getCriticalExtensionOIDs() {
    return null;
  }

  @Override
  public @Nullable Set<String> getNonCriticalExtensionOIDs() {
    return null;
  }

  @Override
  public byte @Nullable [] getExtensionValue(String oid) {
    return null;
  }
}
