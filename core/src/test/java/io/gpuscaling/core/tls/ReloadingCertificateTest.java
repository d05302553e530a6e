package io.gpuscaling.core.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.IssuedCertificate;
import io.gpuscaling.testkit.pki.IssuedCertificate.PemFiles;
import io.gpuscaling.testkit.pki.SubjectName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import javax.net.ssl.X509ExtendedKeyManager;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReloadingCertificateTest {

  private final CertificateAuthority authority =
      CertificateAuthority.create("ca", InstantSource.system());
  private final IssuedCertificate first = issue("first");
  private final IssuedCertificate second = issue("second");
  private PemFiles files = new PemFiles(Path.of(""), Path.of(""), Path.of(""));
  private ReloadingCertificate certificate = new ReloadingCertificate(Path.of(""), Path.of(""));

  @TempDir private Path folder;

  @BeforeEach
  void write() {
    files = first.writeTo(folder, "tls");
    certificate = new ReloadingCertificate(files.certificate(), files.privateKey());
  }

  private IssuedCertificate issue(String name) {
    return authority.issueServer(name, new SubjectName.Dns(name));
  }

  @Test
  void load_soundFiles_isShown() throws IOException {
    X509ExtendedKeyManager keys = certificate.keyManager();
    assertThat(keys.chooseEngineServerAlias("EC", null, null)).isNull();
    assertThat(keys.getServerAliases("EC", null)).isNull();
    assertThat(keys.getPrivateKey("1")).isNull();
    assertThat(certificate.chain()).isEmpty();

    certificate.load();

    String alias = keys.chooseEngineServerAlias("EC", null, null);
    assertThat(keys.getCertificateChain(alias)).containsExactly(first.certificate());
    assertThat(keys.getPrivateKey(alias)).isEqualTo(first.privateKey());
    assertThat(keys.chooseServerAlias("EC", null, null)).isEqualTo(alias);
    assertThat(keys.getServerAliases("EC", null)).containsExactly(alias);
    assertThat(keys.chooseServerAlias("RSA", null, null)).isNull();
    assertThat(keys.chooseClientAlias(new String[] {"EC"}, null, null)).isNull();
    assertThat(keys.getClientAliases("EC", null)).isNull();
    assertThat(certificate.chain()).containsExactly(first.certificate());
  }

  @Test
  void load_filesThatCannotBeUsed_areNamed() throws IOException {
    Files.writeString(files.certificate(), "");
    assertThatThrownBy(certificate::load)
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("tls.crt", "tls.key", "no certificate in PEM");
    Files.delete(files.certificate());
    assertThatThrownBy(certificate::load).hasMessageContaining("tls.crt");
    Files.write(files.certificate(), new byte[ReloadingCertificate.MAX_FILE_BYTES + 1]);
    assertThatThrownBy(certificate::load).hasMessageContaining("larger than");
  }

  @Test
  void reload_aHandshakeThatHasBegun_endsWithThePairThatItBeganWith() throws IOException {
    certificate.load();
    X509ExtendedKeyManager keys = certificate.keyManager();
    String begun = keys.chooseEngineServerAlias("EC", null, null);

    second.writeTo(folder, "tls");
    certificate.reload();

    assertThat(keys.getCertificateChain(begun)).containsExactly(first.certificate());
    assertThat(keys.getPrivateKey(begun)).isEqualTo(first.privateKey());
    String next = keys.chooseEngineServerAlias("EC", null, null);
    assertThat(keys.getCertificateChain(next)).containsExactly(second.certificate());
    assertThat(keys.getPrivateKey(next)).isEqualTo(second.privateKey());
    assertThat(keys.getPrivateKey("99")).isNull();
  }

  @Test
  void reload_halfReplaced_keepsTheFormerUntilBothFit() throws IOException {
    certificate.load();
    Files.writeString(files.certificate(), second.certificatePem());
    certificate.reload();
    certificate.reload();
    assertThat(certificate.chain()).containsExactly(first.certificate());

    Files.writeString(files.privateKey(), second.privateKeyPkcs8Pem());
    certificate.reload();
    assertThat(certificate.chain()).containsExactly(second.certificate());
    certificate.reload();
    assertThat(certificate.chain()).containsExactly(second.certificate());
  }

  @Test
  void parse_keyOfAnother_isRefused() {
    assertThatThrownBy(() ->
            CertificateWithKey.parse(
                bytes(first.certificatePem()), bytes(second.privateKeyPkcs8Pem())))
        .isInstanceOf(GeneralSecurityException.class)
        .hasMessage("the key is not that of the certificate");
  }

  @Test
  void toString_namesTheSubjectAlone() throws GeneralSecurityException {
    assertThat(
            CertificateWithKey.parse(
                bytes(first.certificatePem()), bytes(first.privateKeyPkcs8Pem())))
        .hasToString("CertificateWithKey[CN=first]");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
  }
}
