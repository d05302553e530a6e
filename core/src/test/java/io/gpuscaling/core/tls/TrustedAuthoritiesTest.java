package io.gpuscaling.core.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import org.junit.jupiter.api.Test;

/** What is trusted is seen where connections are made: in the tests of clients. */
final class TrustedAuthoritiesTest {

  private static final Path FILE = Path.of("ca.crt");

  /** Of {@code openssl req -x509 -newkey ec ... -days 36500}. */
  private static final String AUTHORITY =
      """
      -----BEGIN CERTIFICATE-----
      MIIBfDCCASGgAwIBAgIUENrSdlEOkjd5aurcfDYcC1zlXbAwCgYIKoZIzj0EAwIw
      EjEQMA4GA1UEAwwHdGVzdC1jYTAgFw0yNjExMjUxNjU0NDhaGA8yMTI2MTEwMTE2
      NTQ0OFowEjEQMA4GA1UEAwwHdGVzdC1jYTBZMBMGByqGSM49AgEGCCqGSM49AwEH
      A0IABOaGxTHFgbaXaoTakBCfpisjOnX9UmBc2O9LE/+rHlKuioTYSjaXDctDy6xH
      bgqsCXpP+QpNHrY/OEA4Ij9U1FujUzBRMB0GA1UdDgQWBBSkR6uYkIA6aJ0l0scy
      AUON7yqw5DAfBgNVHSMEGDAWgBSkR6uYkIA6aJ0l0scyAUON7yqw5DAPBgNVHRMB
      Af8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQDshDAU9nvuoiCBL97o7ITUuUSS
      EsMijkBDVx8475GqNAIhAMWrH4eEKfSDc6ggI2lHJMPpFvkWE/TUUUoaorFzX9oJ
      -----END CERTIFICATE-----
      """;

  @Test
  void severalAuthorities_makeAContext() throws IOException, GeneralSecurityException {
    assertThat(TrustedAuthorities.context(AUTHORITY + AUTHORITY, FILE).getProtocol())
        .isEqualTo("TLS");
  }

  @Test
  void fileWithoutCertificate_isRefused() {
    assertThatThrownBy(() -> TrustedAuthorities.context("", FILE))
        .isInstanceOf(IOException.class)
        .hasMessage("ca.crt holds no certificate");
    assertThatThrownBy(() -> TrustedAuthorities.context(AUTHORITY.replace('M', '!'), FILE))
        .isInstanceOf(CertificateException.class);
  }
}
