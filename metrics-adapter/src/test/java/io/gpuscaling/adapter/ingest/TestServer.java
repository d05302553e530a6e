package io.gpuscaling.adapter.ingest;

import io.gpuscaling.adapter.store.SampleStore;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.kubernetes.identity.ServiceAccount;
import io.gpuscaling.kubernetes.identity.TokenReview;
import io.gpuscaling.kubernetes.identity.UserInfo;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An ingest server on port 0 with its files, and exporters that connect to it. */
final class TestServer implements AutoCloseable {

  private static final String AUDIENCE = "gpuscaling-adapter";

  private final Path folder;
  private final TestCa serverCa = new TestCa();
  private final TestCa clientCa = new TestCa();
  private final CollectorRegistry registry = new CollectorRegistry();
  private final SampleStore store = new SampleStore(Ticker.system(), Duration.ofHours(1));

  private Duration idleTimeout = Duration.ofSeconds(30);
  private Duration maxStreamAge = Duration.ofMinutes(10);
  private int maxStreams = 10;
  private boolean takesCertificates = true;
  private boolean takesTokens = true;
  private boolean knowsAccounts = true;
  private @Nullable IngestServer server;
  private int port;

  /** Writes good files. */
  TestServer(Path folder) {
    this.folder = folder;
    serverCa.server().writeTo(certificateFile(), keyFile());
    clientCa.writeTo(clientCaFile());
  }

  TestServer idleTimeout(Duration timeout) {
    idleTimeout = timeout;
    return this;
  }

  TestServer maxStreamAge(Duration age) {
    maxStreamAge = age;
    return this;
  }

  TestServer maxStreams(int most) {
    maxStreams = most;
    return this;
  }

  TestServer withoutClientCa() {
    takesCertificates = false;
    return this;
  }

  TestServer withoutTokens() {
    takesTokens = false;
    return this;
  }

  TestServer withoutIdentities() {
    knowsAccounts = false;
    return this;
  }

  /** The server, made when it is first asked for and not started by this. */
  IngestServer server() {
    IngestServer made = server;
    if (made == null) {
      made = create();
      server = made;
    }
    return made;
  }

  TestServer start() throws IOException {
    port = server().start();
    return this;
  }

  private IngestServer create() {
    return new IngestServer(
        new IngestSettings(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            certificateFile(),
            keyFile(),
            takesCertificates ? Optional.of(clientCaFile()) : Optional.empty(),
            Duration.ofMillis(20),
            AUDIENCE,
            knowsAccounts
                ? Map.of(new ServiceAccount("gpuscaling", "exporter"), ExporterScope.NODE)
                : Map.of(),
            idleTimeout,
            maxStreamAge,
            maxStreams,
            "1.2.3"),
        store,
        takesTokens ? (token, _) -> review(token) : null,
        Ticker.system(),
        InstantSource.system(),
        registry);
  }

  /** Tokens are the name of the node that they are for, or say what is wrong with them. */
  private static TokenReview review(String token) {
    return switch (token) {
      case "bad" -> new TokenReview.Rejected();
      case "down" -> new TokenReview.Failed("timed out");
      case "stranger" -> authenticated("gpuscaling:default", "gpu-1");
      default -> authenticated("gpuscaling:exporter", token);
    };
  }

  private static TokenReview authenticated(String account, String node) {
    return new TokenReview.Authenticated(
        new UserInfo(
            "system:serviceaccount:" + account,
            "",
            List.of(),
            Map.of(UserInfo.NODE_NAME, List.of(node))),
        List.of(AUDIENCE));
  }

  Path certificateFile() {
    return folder.resolve("tls.crt");
  }

  Path keyFile() {
    return folder.resolve("tls.key");
  }

  Path clientCaFile() {
    return folder.resolve("ca.crt");
  }

  TestCa serverCa() {
    return serverCa;
  }

  TestCa clientCa() {
    return clientCa;
  }

  SampleStore store() {
    return store;
  }

  /** An exporter that trusts the server. */
  TestExporter exporter() {
    return exporter(serverCa);
  }

  TestExporter exporter(TestCa trusted) {
    return new TestExporter(port, trusted.certificate());
  }

  /** A metric without labels. */
  double metric(String name) {
    Double value = registry.getSampleValue(name);
    return value == null ? 0 : value;
  }

  /** A metric with one label. */
  double metric(String name, String label, String labelValue) {
    Double value = registry.getSampleValue(name, new String[] {label}, new String[] {labelValue});
    return value == null ? 0 : value;
  }

  @Override
  public void close() {
    if (server != null) {
      server.close();
    }
  }
}
