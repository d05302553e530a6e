package io.gpuscaling.adapter.pki;

import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.openssl.jcajce.JcaMiscPEMGenerator;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemObjectGenerator;
import org.bouncycastle.util.io.pem.PemWriter;

/** A certificate authority that lives as long as a test. */
public final class TestAuthority {

  private static final Duration VALID = Duration.ofDays(1);
  private static final SecureRandom RANDOM = new SecureRandom();

  private final X500Name name;
  private final KeyPair keys;
  private final X509Certificate certificate;

  private TestAuthority(X500Name name, KeyPair keys, X509Certificate certificate) {
    this.name = name;
    this.keys = keys;
    this.certificate = certificate;
  }

  /** A certificate with its key and what leads to it. */
  public record Identity(List<X509Certificate> chain, PrivateKey key) {

    /** For a client or server of the JDK. */
    public KeyStore keyStore() throws GeneralSecurityException, IOException {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry("id", key, new char[0], chain.toArray(X509Certificate[]::new));
      return store;
    }

    /** The certificates in PEM. */
    public String certificatePem() throws IOException {
      var text = new StringBuilder();
      for (X509Certificate one : chain) {
        text.append(pem(new JcaMiscPEMGenerator(one)));
      }
      return text.toString();
    }

    /** The key in PKCS#8 PEM. */
    public String keyPem() throws IOException {
      return pem(new JcaPKCS8Generator(key, null));
    }

    /** The key in the older PEM of its algorithm, as openssl writes it: PKCS#1 or SEC1. */
    public String traditionalKeyPem() throws IOException {
      if (key instanceof ECPrivateKey elliptic) {
        byte[] der =
            new org.bouncycastle.asn1.sec.ECPrivateKey(
                    256, elliptic.getS(), SECObjectIdentifiers.secp256r1)
                .getEncoded();
        return pem(() -> new PemObject("EC PRIVATE KEY", der));
      }
      return pem(new JcaMiscPEMGenerator(key));
    }
  }

  /** A self-signed authority. */
  public static TestAuthority create(String commonName) {
    KeyPair keys = newKeys("EC");
    var name = new X500Name("CN=" + commonName);
    return new TestAuthority(
        name,
        keys,
        sign(name, keys, name, keys, true, List.of(), List.of(), InstantSource.system().instant()));
  }

  /** An authority below this one. */
  public TestAuthority intermediate(String commonName) {
    KeyPair below = newKeys("EC");
    var subject = new X500Name("CN=" + commonName);
    return new TestAuthority(
        subject,
        below,
        sign(
            name,
            keys,
            subject,
            below,
            true,
            List.of(),
            List.of(),
            InstantSource.system().instant()));
  }

  /** A client's certificate, valid now. */
  public Identity client(String distinguishedName) {
    return issue(
        distinguishedName,
        "EC",
        KeyPurposeId.id_kp_clientAuth,
        List.of(),
        InstantSource.system().instant());
  }

  /** A client's certificate that began to be valid, for a day, at an instant. */
  public Identity client(String distinguishedName, Instant from) {
    return issue(distinguishedName, "EC", KeyPurposeId.id_kp_clientAuth, List.of(), from);
  }

  /** A server's certificate for localhost, with a key of that algorithm. */
  public Identity server(String algorithm) {
    return issue(
        "CN=server",
        algorithm,
        KeyPurposeId.id_kp_serverAuth,
        List.of(
            new GeneralName(GeneralName.dNSName, "localhost"),
            new GeneralName(GeneralName.iPAddress, "127.0.0.1")),
        InstantSource.system().instant());
  }

  /** The authority's certificate. */
  public X509Certificate certificate() {
    return certificate;
  }

  /** The authority's certificate in PEM. */
  public String pem() throws IOException {
    return pem(new JcaMiscPEMGenerator(certificate));
  }

  private Identity issue(
      String subject,
      String algorithm,
      KeyPurposeId purpose,
      List<GeneralName> names,
      Instant from) {
    KeyPair pair = newKeys(algorithm);
    return new Identity(
        List.of(
            sign(name, keys, new X500Name(subject), pair, false, List.of(purpose), names, from)),
        pair.getPrivate());
  }

  private static X509Certificate sign(
      X500Name issuer,
      KeyPair issuerKeys,
      X500Name subject,
      KeyPair subjectKeys,
      boolean isAuthority,
      List<KeyPurposeId> purposes,
      List<GeneralName> names,
      Instant from) {
    try {
      var builder =
          new X509v3CertificateBuilder(
              issuer,
              new BigInteger(64, RANDOM),
              Date.from(from.minusSeconds(60)),
              Date.from(from.plus(VALID)),
              subject,
              SubjectPublicKeyInfo.getInstance(subjectKeys.getPublic().getEncoded()));
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isAuthority));
      if (!purposes.isEmpty()) {
        builder.addExtension(
            Extension.extendedKeyUsage,
            false,
            new ExtendedKeyUsage(purposes.toArray(KeyPurposeId[]::new)));
      }
      if (!names.isEmpty()) {
        builder.addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(names.toArray(GeneralName[]::new)));
      }
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder("SHA256withECDSA").build(issuerKeys.getPrivate())));
    } catch (CertIOException | OperatorCreationException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyPair newKeys(String algorithm) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
      if (algorithm.equals("EC")) {
        generator.initialize(new ECGenParameterSpec("secp256r1"));
      } else {
        generator.initialize(2048);
      }
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String pem(PemObjectGenerator object) throws IOException {
    var text = new StringWriter();
    try (var writer = new PemWriter(text)) {
      writer.writeObject(object);
    }
    return text.toString();
  }
}
