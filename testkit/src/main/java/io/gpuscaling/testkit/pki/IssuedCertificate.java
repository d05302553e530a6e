package io.gpuscaling.testkit.pki;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/**
 * A certificate with its private key. Its text form shows the subject only.
 *
 * @param certificate the certificate
 * @param certificatePem the same as PEM
 * @param privateKey the EC P-256 key that belongs to it
 */
public record IssuedCertificate(
    X509Certificate certificate, String certificatePem, PrivateKey privateKey) {

  private static final int KEY_BITS = 256;

  /**
   * The files of one certificate.
   *
   * @param certificate PEM certificate
   * @param privateKey PEM key in PKCS#8, what Netty and the programs read
   * @param sec1PrivateKey the same key in SEC1, what some clients (fabric8) need for EC
   */
  public record PemFiles(Path certificate, Path privateKey, Path sec1PrivateKey) {}

  /** The key as PEM in PKCS#8 ({@code BEGIN PRIVATE KEY}). */
  public String privateKeyPkcs8Pem() {
    return Pem.pkcs8(privateKey);
  }

  /** The key as PEM in SEC1 ({@code BEGIN EC PRIVATE KEY}). */
  public String privateKeySec1Pem() {
    var publicKey =
        SubjectPublicKeyInfo.getInstance(certificate.getPublicKey().getEncoded())
            .getPublicKeyData();
    var structure =
        new org.bouncycastle.asn1.sec.ECPrivateKey(
            KEY_BITS,
            ((ECPrivateKey) privateKey).getS(),
            new DERBitString(publicKey.getOctets()),
            X9ObjectIdentifiers.prime256v1);
    try {
      return Pem.sec1(structure.getEncoded());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Writes {@code NAME.crt}, {@code NAME.key} (PKCS#8) and {@code NAME.sec1.key} into a folder,
   * which is made when missing. Keys are readable by the owner only. Files that are there are
   * replaced, each by a rename, so that a program that watches them never reads half of one.
   */
  public PemFiles writeTo(Path folder, String name) {
    try {
      Files.createDirectories(folder);
      return new PemFiles(
          replace(folder.resolve(name + ".crt"), certificatePem()),
          replace(folder.resolve(name + ".key"), privateKeyPkcs8Pem()),
          replace(folder.resolve(name + ".sec1.key"), privateKeySec1Pem()));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the certificate " + name, e);
    }
  }

  private static Path replace(Path file, String text) throws IOException {
    var part =
        Files.createTempFile(
            file.getParent(),
            file.getFileName().toString(),
            ".part",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(part, text);
    return Files.move(
        part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public String toString() {
    return "IssuedCertificate[" + certificate.getSubjectX500Principal() + "]";
  }
}
