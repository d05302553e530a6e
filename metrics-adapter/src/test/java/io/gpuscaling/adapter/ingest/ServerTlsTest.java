package io.gpuscaling.adapter.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates of the server, and when they change. */
class ServerTlsTest {

  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final String EXPORTER = "O=gpuscaling:exporters,CN=exporter";

  @SuppressWarnings("NullAway.Init") // before each test
  private TestServer server;

  @BeforeEach
  void create(@TempDir Path folder) {
    server = new TestServer(folder);
  }

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void start_filesThatCannotBeUsed_areNamed() throws IOException {
    Files.writeString(server.clientCaFile(), "");
    assertThatThrownBy(server::start)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(server.clientCaFile() + " has no certificate");
    server.close();
  }

  @Test
  void start_noFiles_areNamed() throws IOException {
    Files.delete(server.certificateFile());

    assertThatThrownBy(server::start)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot use " + server.certificateFile());
  }

  @Test
  void start_keyOfAnotherCertificate_isRefused(@TempDir Path other) {
    server.serverCa().server().writeTo(other.resolve("tls.crt"), server.keyFile());

    assertThatThrownBy(server::start)
        .hasMessageContaining("the key is not that of the certificate");
  }

  @Test
  void reload_changedFiles_areUsedForNewConnections() throws IOException {
    server.start();
    try (TestExporter open = server.exporter().withToken("gpu-1").connect()) {
      open.send(Messages.hello("gpu-1"));
      assertThat(open.answer().hasWelcome()).isTrue();
      var newCa = new TestCa();
      var newClientCa = new TestCa();

      newClientCa.writeTo(server.clientCaFile());
      newCa.server().writeTo(server.certificateFile(), server.keyFile());

      var issued = newClientCa.client(EXPORTER, "gpuscaling://node/gpu-7");
      await()
          .atMost(DEADLINE)
          .untilAsserted(() -> {
            try (TestExporter exporter = server.exporter(newCa).withCertificate(issued).connect()) {
              exporter.send(Messages.hello("gpu-7"));
              assertThat(exporter.answer().hasWelcome()).isTrue();
            }
          });
      open.send(Messages.snapshot(1));
      assertThat(open.answer().getAck().getGeneration()).as("stays").isEqualTo(1);
    }
    assertThat(reloads("ok")).isPositive();
  }

  @Test
  void reload_brokenFiles_leavesTheFormerInUse() throws IOException {
    server.start();
    Files.writeString(server.certificateFile(), "no certificate at all");
    await().atMost(DEADLINE).until(() -> reloads("failed") > 0);
    assertStillServes();

    Files.delete(server.certificateFile());
    double before = reloads("failed");
    await().atMost(DEADLINE).until(() -> reloads("failed") > before);
    assertStillServes();
  }

  @Test
  void toString_ofContents_hidesTheKey() {
    ByteString secret = ByteString.copyFromUtf8("secret");

    assertThat(new ServerTls.Contents(secret, secret, secret).toString()).doesNotContain("secret");
  }

  private void assertStillServes() {
    try (TestExporter exporter = server.exporter().withToken("gpu-1").connect()) {
      exporter.send(Messages.hello("gpu-1"));
      assertThat(exporter.answer().hasWelcome()).isTrue();
    }
  }

  private double reloads(String result) {
    return server.metric("gpuscaling_ingest_tls_reloads_total", "result", result);
  }
}
