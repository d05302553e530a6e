package io.gpuscaling.adapter.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import io.gpuscaling.adapter.auth.CertificateAuthorities;
import io.gpuscaling.adapter.auth.ClientTrust;
import io.gpuscaling.adapter.auth.CurrentTrust;
import io.gpuscaling.adapter.pki.TestAuthority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
final class ClientCaFileTest {

  @TempDir private Path folder;
  private final CurrentTrust trust = new CurrentTrust();
  private final TestAuthority first = TestAuthority.create("first");
  private final TestAuthority second = TestAuthority.create("second");
  private Path file;
  private ClientCaFile authorities;

  @BeforeEach
  void create() {
    file = folder.resolve("ca.pem");
    authorities = new ClientCaFile(file, trust);
  }

  @AfterEach
  void close() {
    authorities.close();
  }

  private List<X509Certificate> trusted() {
    CertificateAuthorities clients = trust.get().clients();
    return clients == null ? List.of() : clients.certificates();
  }

  @Test
  void create_only_readsNothing() {
    assertThat(trust.isKnown()).isFalse();
  }

  @Test
  void start_soundFile_isTrustedAndNoProxyIs() throws Exception {
    Files.writeString(file, first.pem());

    authorities.start();

    assertThat(trusted()).containsExactly(first.certificate());
    assertThat(trust.get().frontProxy()).isNull();
  }

  @Test
  void start_noFile_namesItAndTrustsNobody() {
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(authorities::start)
        .withMessageContaining(file.toString());
    assertThat(trust.isKnown()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"})
  void start_fileWithoutCertificate_namesItAndTrustsNobody(String text) throws Exception {
    Files.writeString(file, text);

    assertThatExceptionOfType(IOException.class)
        .isThrownBy(authorities::start)
        .withMessageContaining(file.toString());
    assertThat(trust.isKnown()).isFalse();
  }

  @Test
  void check_changedFile_replacesTheTrust() throws Exception {
    Files.writeString(file, first.pem());
    authorities.start();

    Files.writeString(file, second.pem());
    authorities.check();

    assertThat(trusted()).containsExactly(second.certificate());
  }

  @Test
  void check_sameFile_keepsTheVeryTrust() throws Exception {
    Files.writeString(file, first.pem());
    authorities.start();
    ClientTrust before = trust.get();

    authorities.check();

    assertThat(trust.get()).isSameAs(before);
  }

  @Test
  void check_brokenThenGoneThenSound_keepsTheLastGoodOneUntilThen() throws Exception {
    Files.writeString(file, first.pem());
    authorities.start();

    Files.writeString(file, "garbage");
    assertThatNoException().isThrownBy(authorities::check);
    assertThat(trusted()).containsExactly(first.certificate());

    Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe});
    assertThatNoException().isThrownBy(authorities::check);
    assertThat(trusted()).containsExactly(first.certificate());

    Files.delete(file);
    assertThatNoException().isThrownBy(authorities::check);
    assertThat(trusted()).containsExactly(first.certificate());

    Files.writeString(file, first.pem() + second.pem());
    authorities.check();
    assertThat(trusted()).containsExactly(first.certificate(), second.certificate());
  }
}
