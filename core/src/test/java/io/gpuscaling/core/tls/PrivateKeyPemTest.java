package io.gpuscaling.core.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.IssuedCertificate;
import io.gpuscaling.testkit.pki.SubjectName;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrivateKeyPemTest {

  private final IssuedCertificate issued =
      CertificateAuthority.create("ca", InstantSource.system())
          .issueServer("server", new SubjectName.Dns("server"));

  @Test
  void parse_ellipticKeyInBothForms_isTheSameKey() throws Exception {
    assertThat(issued.privateKeySec1Pem()).contains("BEGIN EC PRIVATE KEY");
    assertSame(PrivateKeyPem.parse(issued.privateKeySec1Pem()), issued.privateKey());
    assertSame(PrivateKeyPem.parse(issued.privateKeyPkcs8Pem()), issued.privateKey());
  }

  @Test
  void parse_rsaKeyInBothForms_isTheSameKey() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    PrivateKey key = generator.generateKeyPair().getPrivate();
    byte[] pkcs8 = key.getEncoded();
    // PKCS#8 is a header of 26 bytes around what PKCS#1 writes, for a key of 2048 bits.
    byte[] pkcs1 = Arrays.copyOfRange(pkcs8, 26, pkcs8.length);

    assertThat(PrivateKeyPem.parse(pem("PRIVATE KEY", pkcs8))).isEqualTo(key);
    assertThat(PrivateKeyPem.parse(pem("RSA PRIVATE KEY", pkcs1))).isEqualTo(key);
  }

  private static String pem(String type, byte[] der) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(type, Base64.getMimeEncoder().encodeToString(der), type);
  }

  @Test
  void parse_keyAmongOthers_isFound() throws Exception {
    assertSame(
        PrivateKeyPem.parse(issued.certificatePem() + issued.privateKeySec1Pem()),
        issued.privateKey());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "hello",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nA=A=A\n-----END PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN EC PRIVATE KEY-----\nMAA=\n-----END EC PRIVATE KEY-----",
        "-----BEGIN EC PRIVATE KEY-----\nMIH/\n-----END EC PRIVATE KEY-----",
        "-----BEGIN EC PRIVATE KEY-----\nMA==\n-----END EC PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----",
      })
  void parse_noKey_isRefused(String pem) {
    assertThatExceptionOfType(GeneralSecurityException.class)
        .isThrownBy(() -> PrivateKeyPem.parse(pem));
  }

  @Test
  void parse_cutOffKey_isRefusedWithoutQuotingIt() throws Exception {
    byte[] der = issued.privateKey().getEncoded();
    String half = Base64.getEncoder().encodeToString(Arrays.copyOf(der, der.length / 2));

    assertThatExceptionOfType(GeneralSecurityException.class)
        .isThrownBy(() ->
            PrivateKeyPem.parse(
                "-----BEGIN PRIVATE KEY-----\n" + half + "\n-----END PRIVATE KEY-----"))
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain(half.substring(0, 8)));
  }

  /** Encodings of one key can differ in what they repeat of the public half. */
  private static void assertSame(PrivateKey parsed, PrivateKey expected) {
    assertThat(parsed).isInstanceOf(ECPrivateKey.class);
    assertThat(((ECPrivateKey) parsed).getS()).isEqualTo(((ECPrivateKey) expected).getS());
    assertThat(((ECPrivateKey) parsed).getParams().getOrder())
        .isEqualTo(((ECPrivateKey) expected).getParams().getOrder());
  }
}
