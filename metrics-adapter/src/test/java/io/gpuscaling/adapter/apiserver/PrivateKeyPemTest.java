package io.gpuscaling.adapter.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.gpuscaling.adapter.pki.TestAuthority;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrivateKeyPemTest {

  @ParameterizedTest
  @ValueSource(strings = {"EC", "RSA"})
  void parse_everyForm_isTheSameKey(String algorithm) throws Exception {
    TestAuthority.Identity identity = TestAuthority.create("ca").server(algorithm);

    assertSame(PrivateKeyPem.parse(identity.keyPem()), identity.key());
    assertThat(identity.traditionalKeyPem()).contains("BEGIN " + algorithm + " PRIVATE KEY");
    assertSame(PrivateKeyPem.parse(identity.traditionalKeyPem()), identity.key());
  }

  @Test
  void parse_keyAmongOthers_isFound() throws Exception {
    TestAuthority.Identity identity = TestAuthority.create("ca").server("EC");

    assertSame(
        PrivateKeyPem.parse(identity.certificatePem() + identity.traditionalKeyPem()),
        identity.key());
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
    TestAuthority.Identity identity = TestAuthority.create("ca").server("EC");
    byte[] der = identity.key().getEncoded();
    String half = Base64.getEncoder().encodeToString(Arrays.copyOf(der, der.length / 2));

    assertThatExceptionOfType(GeneralSecurityException.class)
        .isThrownBy(() ->
            PrivateKeyPem.parse(
                "-----BEGIN PRIVATE KEY-----\n" + half + "\n-----END PRIVATE KEY-----"))
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain(half.substring(0, 8)));
  }

  /** Encodings of one key can differ in what they repeat of the public half. */
  private static void assertSame(PrivateKey parsed, PrivateKey expected) {
    if (parsed instanceof ECPrivateKey elliptic) {
      assertThat(elliptic.getS()).isEqualTo(((ECPrivateKey) expected).getS());
      assertThat(elliptic.getParams().getOrder())
          .isEqualTo(((ECPrivateKey) expected).getParams().getOrder());
    } else {
      assertThat(parsed).isEqualTo(expected);
    }
  }
}
