package io.gpuscaling.exporter.dcgm;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.gpuscaling.exporter.dcgm.PageFetcher.Fetched;
import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.ClientTls;
import io.gpuscaling.testkit.pki.SubjectName;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** dcgm-exporter behind TLS, whose certificate is swapped under a running exporter. */
@Timeout(60)
final class DcgmTlsTest {

  @TempDir private Path folder;

  private static HttpsServer serve(CertificateAuthority authority, int port)
      throws IOException, GeneralSecurityException {
    var server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(
            ClientTls.trusting(
                authority, authority.issueServer("dcgm", new SubjectName.Ip("127.0.0.1")))));
    server.createContext(
        "/metrics",
        exchange -> {
          byte[] page = "DCGM_FI_DEV_POWER_USAGE{UUID=\"A\"} 70\n".getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
          exchange.sendResponseHeaders(200, page.length);
          exchange.getResponseBody().write(page);
          exchange.close();
        });
    server.start();
    return server;
  }

  private static String outcome(Fetched fetched) {
    return switch (fetched) {
      case Fetched.Own _ -> "ok";
      case Fetched.Failed failed -> failed.outcome();
    };
  }

  @Test
  void swappedCertificate_isRefused_untilItsAuthorityIsTrusted() throws Exception {
    CertificateAuthority first = CertificateAuthority.create("first", InstantSource.system());
    CertificateAuthority second = CertificateAuthority.create("second", InstantSource.system());
    Path caFile = Files.writeString(folder.resolve("ca.crt"), first.certificatePem());
    HttpsServer server = serve(first, 0);
    int port = server.getAddress().getPort();
    URI url = URI.create("https://127.0.0.1:" + port + "/metrics");

    try (var fetcher =
        new PageFetcher(
            DcgmLocator.fixed(url),
            new DcgmPageReader(DcgmFieldTable.builtIn()),
            new HostGate("", Set.of()),
            Duration.ofSeconds(8),
            caFile)) {
      assertThat(outcome(fetcher.fetch())).isEqualTo("ok");
      server.stop(0);
      server = serve(second, port);
      // The old connection may end first.
      String swapped = outcome(fetcher.fetch());
      assertThat(swapped.equals("tls") ? swapped : outcome(fetcher.fetch())).isEqualTo("tls");
      Files.writeString(caFile, "no certificate");
      assertThat(outcome(fetcher.fetch())).isEqualTo("tls");
      Files.writeString(caFile, second.certificatePem());
      assertThat(outcome(fetcher.fetch())).isEqualTo("ok");
    } finally {
      server.stop(0);
    }
  }
}
