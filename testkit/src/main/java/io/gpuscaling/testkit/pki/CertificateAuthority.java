package io.gpuscaling.testkit.pki;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A self-signed authority with an EC P-256 key that issues certificates with such keys. Keys live
 * in memory until they are written. Safe for use by any thread.
 */
public final class CertificateAuthority {

  private static final Duration VALIDITY = Duration.ofDays(30);
  private static final int SERIAL_BITS = 64;

  private final X500Name subject;
  private final PrivateKey privateKey;
  private final X509Certificate certificate;
  private final String certificatePem;
  private final InstantSource clock;

  private CertificateAuthority(
      X500Name subject, PrivateKey privateKey, X509Certificate certificate, InstantSource clock)
      throws GeneralSecurityException {
    this.subject = subject;
    this.privateKey = privateKey;
    this.certificate = certificate;
    this.certificatePem = Pem.certificate(certificate);
    this.clock = clock;
  }

  /** A new authority, valid for 30 days. */
  public static CertificateAuthority create(String commonName, InstantSource clock) {
    var subject = subject(commonName, List.of());
    var keys = newKeyPair();
    Instant now = clock.instant();
    var builder =
        builder(subject, subject, keys, now.minus(CertificateSpec.BACKDATING), now.plus(VALIDITY));
    try {
      var extensions = new JcaX509ExtensionUtils();
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
      builder.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      builder.addExtension(
          Extension.subjectKeyIdentifier,
          false,
          extensions.createSubjectKeyIdentifier(keys.getPublic()));
      return new CertificateAuthority(
          subject, keys.getPrivate(), sign(builder, keys.getPrivate()), clock);
    } catch (CertIOException | GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException("cannot make the authority " + commonName, e);
    }
  }

  /** The authority's own certificate. */
  public X509Certificate certificate() {
    return certificate;
  }

  /** The authority's own certificate as PEM, for CA files and {@code caBundle}. */
  public String certificatePem() {
    return certificatePem;
  }

  /** Issues a server's certificate that is valid now. */
  public IssuedCertificate issueServer(String commonName, SubjectName... names) {
    return issue(CertificateSpec.server(commonName, clock.instant(), names));
  }

  /** Issues a client's certificate that is valid now. */
  public IssuedCertificate issueClient(String commonName, String... organizations) {
    return issue(CertificateSpec.client(commonName, clock.instant(), organizations));
  }

  /** Issues a certificate with a new key. */
  public IssuedCertificate issue(CertificateSpec spec) {
    var keys = newKeyPair();
    var builder =
        builder(
            subject,
            subject(spec.commonName(), spec.organizations()),
            keys,
            spec.notBefore(),
            spec.notAfter());
    try {
      var extensions = new JcaX509ExtensionUtils();
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      builder.addExtension(
          Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose(spec.usage())));
      builder.addExtension(
          Extension.authorityKeyIdentifier,
          false,
          extensions.createAuthorityKeyIdentifier(certificate));
      if (!spec.names().isEmpty()) {
        builder.addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(
                spec.names().stream()
                    .map(CertificateAuthority::generalName)
                    .toArray(GeneralName[]::new)));
      }
      var issued = sign(builder, privateKey);
      return new IssuedCertificate(issued, Pem.certificate(issued), keys.getPrivate());
    } catch (CertIOException | GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException("cannot issue a certificate for " + spec.commonName(), e);
    }
  }

  private static KeyPurposeId purpose(CertificateSpec.Usage usage) {
    return switch (usage) {
      case SERVER -> KeyPurposeId.id_kp_serverAuth;
      case CLIENT -> KeyPurposeId.id_kp_clientAuth;
    };
  }

  private static GeneralName generalName(SubjectName name) {
    return switch (name) {
      case SubjectName.Dns(String host) -> new GeneralName(GeneralName.dNSName, host);
      case SubjectName.Ip(String address) -> new GeneralName(GeneralName.iPAddress, address);
      case SubjectName.Uri(String uri) ->
          new GeneralName(GeneralName.uniformResourceIdentifier, uri);
    };
  }

  private static X500Name subject(String commonName, List<String> organizations) {
    var builder = new X500NameBuilder(BCStyle.INSTANCE);
    organizations.forEach(organization -> builder.addRDN(BCStyle.O, organization));
    return builder.addRDN(BCStyle.CN, commonName).build();
  }

  private static X509v3CertificateBuilder builder(
      X500Name issuer, X500Name subject, KeyPair keys, Instant notBefore, Instant notAfter) {
    return new JcaX509v3CertificateBuilder(
        issuer,
        new BigInteger(SERIAL_BITS, new SecureRandom()).add(BigInteger.ONE),
        Date.from(notBefore),
        Date.from(notAfter),
        subject,
        keys.getPublic());
  }

  private static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey key)
      throws GeneralSecurityException, OperatorCreationException {
    var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(key);
    return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
  }

  private static KeyPair newKeyPair() {
    try {
      var generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no EC P-256 keys", e);
    }
  }
}
