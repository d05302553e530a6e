package io.gpuscaling.adapter.ingest;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.concurrent.atomic.AtomicLong;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;

/** A certificate authority of its own for each test. */
final class TestCa {

  private static final AtomicLong SERIALS = new AtomicLong(1);

  private final KeyPair keys = keyPair();
  private final X500Name name = new X500Name("CN=test CA " + SERIALS.get());
  private final X509Certificate certificate =
      sign(name, keys, name, keys, expiry(), true, new GeneralName[0]);

  /** A certificate and its key. */
  record Issued(X509Certificate certificate, PrivateKey key) {

    void writeTo(Path certificateFile, Path keyFile) {
      write(certificateFile, "CERTIFICATE", encoded(certificate));
      write(keyFile, "PRIVATE KEY", key.getEncoded());
    }
  }

  X509Certificate certificate() {
    return certificate;
  }

  void writeTo(Path file) {
    write(file, "CERTIFICATE", encoded(certificate));
  }

  Issued server() {
    return issue(
        "CN=adapter",
        expiry(),
        new GeneralName(GeneralName.dNSName, "localhost"),
        new GeneralName(GeneralName.iPAddress, "127.0.0.1"));
  }

  Issued client(String subject, String... uris) {
    return client(subject, expiry(), uris);
  }

  Issued client(String subject, Instant end, String... uris) {
    var names = new GeneralName[uris.length];
    for (int i = 0; i < uris.length; i++) {
      names[i] = new GeneralName(GeneralName.uniformResourceIdentifier, uris[i]);
    }
    return issue(subject, end, names);
  }

  Issued issue(String subject, Instant end, GeneralName... names) {
    KeyPair pair = keyPair();
    return new Issued(
        sign(new X500Name(subject), pair, name, keys, end, false, names), pair.getPrivate());
  }

  static Instant expiry() {
    return InstantSource.system()
        .instant()
        .plus(Duration.ofHours(1))
        .truncatedTo(ChronoUnit.SECONDS);
  }

  private static KeyPair keyPair() {
    try {
      var generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(256);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static X509Certificate sign(
      X500Name subject,
      KeyPair pair,
      X500Name issuer,
      KeyPair issuerKeys,
      Instant end,
      boolean isCa,
      GeneralName[] names) {
    try {
      var builder =
          new JcaX509v3CertificateBuilder(
              issuer,
              BigInteger.valueOf(SERIALS.incrementAndGet()),
              Date.from(end.minus(Duration.ofDays(1))),
              Date.from(end),
              subject,
              pair.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isCa));
      if (names.length > 0) {
        builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
      }
      var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(issuerKeys.getPrivate());
      return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
    } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static void write(Path file, String type, byte[] content) {
    var text = new StringWriter();
    try {
      try (var pem = new PemWriter(text)) {
        pem.writeObject(new PemObject(type, content));
      }
      Files.writeString(file, text.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
