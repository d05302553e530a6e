package io.gpuscaling.core.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.core.tls.ReloadingCertificate;
import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.ClientTls;
import io.gpuscaling.testkit.pki.SubjectName;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The endpoint over TLS, and what it shows when its files change. */
@Timeout(60)
class HttpEndpointTlsTest {

  @TempDir private Path folder;
  private final CertificateAuthority authority =
      CertificateAuthority.create("ca", InstantSource.system());
  private ReloadingCertificate certificate = new ReloadingCertificate(Path.of(""), Path.of(""));
  private HttpEndpoint endpoint =
      HttpEndpoint.create(Map.of(), HttpLimits.DEFAULT, EndpointObserver.none(), Ticker.system());
  private InetSocketAddress address = new InetSocketAddress(0);

  @BeforeEach
  void start() throws IOException {
    var files = issue(authority, "first");
    certificate = new ReloadingCertificate(files.certificate(), files.privateKey());
    certificate.load();
    endpoint =
        HttpEndpoint.createTls(
            Map.of(
                "/echo",
                new Route.Posted(
                    100_000,
                    asked -> EndpointResponse.of(200, "application/json", asked.bodyBytes()))),
            HttpLimits.DEFAULT,
            EndpointObserver.none(),
            certificate.keyManager(),
            Ticker.system());
    address = endpoint.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  private io.gpuscaling.testkit.pki.IssuedCertificate.PemFiles issue(
      CertificateAuthority by, String name) {
    return by.issueServer(name, new SubjectName.Dns("localhost")).writeTo(folder, "tls");
  }

  @AfterEach
  void stop() {
    endpoint.close();
  }

  private SSLSocket connect(SSLContext context, String protocol) throws IOException {
    var socket = (SSLSocket) context.getSocketFactory().createSocket();
    socket.setEnabledProtocols(new String[] {protocol});
    socket.setSoTimeout(20_000);
    socket.connect(address, 5_000);
    socket.startHandshake();
    return socket;
  }

  private String shown(String protocol) throws IOException {
    try (SSLSocket socket = connect(ClientTls.trusting(authority), protocol)) {
      return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
          .getSubjectX500Principal()
          .toString();
    }
  }

  @Test
  void post_overTls_isAnsweredInEachVersion() throws IOException {
    String body = "x".repeat(50_000);
    for (String protocol : new String[] {"TLSv1.2", "TLSv1.3"}) {
      try (SSLSocket socket = connect(ClientTls.trusting(authority), protocol)) {
        socket
            .getOutputStream()
            .write(
                ("POST /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 50000\r\n\r\n"
                        + body)
                    .getBytes(StandardCharsets.US_ASCII));
        assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
            .startsWith("HTTP/1.1 200")
            .endsWith("\r\n\r\n" + body);
      }
    }
  }

  @Test
  void reload_filesChanged_newHandshakesSeeTheNewOne() throws IOException {
    assertThat(shown("TLSv1.3")).isEqualTo("CN=first");
    issue(authority, "second");
    assertThat(shown("TLSv1.3")).isEqualTo("CN=first");
    certificate.reload();
    assertThat(shown("TLSv1.3")).isEqualTo("CN=second");
    assertThat(shown("TLSv1.2")).isEqualTo("CN=second");
  }

  @Test
  void plainText_isClosedWithoutAnAnswer() throws IOException {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(20_000);
      socket.connect(address, 5_000);
      socket
          .getOutputStream()
          .write("POST /echo HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      String answer =
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      assertThat(answer).doesNotContain("HTTP/");
    }
  }

  @Test
  void oldTls_isRefused() {
    assertThatThrownBy(() -> connect(ClientTls.trusting(authority), "TLSv1.1"))
        .isInstanceOf(SSLException.class);
  }
}
