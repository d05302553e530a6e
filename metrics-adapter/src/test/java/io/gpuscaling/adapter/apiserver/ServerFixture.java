package io.gpuscaling.adapter.apiserver;

import io.gpuscaling.adapter.api.InstallationAnswer;
import io.gpuscaling.adapter.api.PolicyAnswer;
import io.gpuscaling.adapter.api.PolicyQuery;
import io.gpuscaling.adapter.api.PolicySubresource;
import io.gpuscaling.adapter.api.SubresourceQueries;
import io.gpuscaling.adapter.api.json.Answer;
import io.gpuscaling.adapter.api.json.StaticDocuments;
import io.gpuscaling.adapter.api.request.RouteOptions;
import io.gpuscaling.adapter.auth.BlockingCalls;
import io.gpuscaling.adapter.auth.CertificateAuthorities;
import io.gpuscaling.adapter.auth.ChainAuthenticator;
import io.gpuscaling.adapter.auth.ClientTrust;
import io.gpuscaling.adapter.auth.CurrentTrust;
import io.gpuscaling.adapter.auth.ReviewingAuthorizer;
import io.gpuscaling.adapter.pki.TestAuthority;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.kubernetes.identity.AccessRequest;
import io.gpuscaling.kubernetes.identity.AccessReview;
import io.gpuscaling.kubernetes.identity.TokenReview;
import io.gpuscaling.kubernetes.identity.UserInfo;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * The server over real TLS with a cluster that is played: tokens and permissions of a few users.
 */
final class ServerFixture implements AutoCloseable {

  static final Instant NOW = Instant.parse("2026-03-01T10:00:07.9Z");
  static final Duration TIMEOUT = Duration.ofSeconds(10);

  final TestAuthority serverCa = TestAuthority.create("server-ca");
  final TestAuthority clientCa = TestAuthority.create("client-ca");
  final TestAuthority proxyCa = TestAuthority.create("proxy-ca");
  final FakeMetrics metrics = new FakeMetrics();
  final CurrentTrust trust = new CurrentTrust();
  final AtomicBoolean ready = new AtomicBoolean(true);
  final CountDownLatch release = new CountDownLatch(1);
  final Path certificateFile;
  final Path keyFile;
  final ApiServer server;
  final int port;
  private final BlockingCalls calls = new BlockingCalls();

  ServerFixture(Path folder) throws Exception {
    this(folder, ConnectionDeadlines.DEFAULT);
  }

  ServerFixture(Path folder, ConnectionDeadlines deadlines) throws Exception {
    certificateFile = folder.resolve("tls.crt");
    keyFile = folder.resolve("tls.key");
    serveWith(serverCa.server("EC"));
    trust.replace(trust(proxyCa, Set.of("front-proxy-client")));
    server = ApiServer.create(settings(), parts(), deadlines);
    port = server.start();
  }

  private ApiServerSettings settings() {
    return new ApiServerSettings(
        "127.0.0.1",
        0,
        certificateFile,
        keyFile,
        2,
        Duration.ofSeconds(2),
        RouteOptions.DEFAULT,
        "1.2.3");
  }

  /** A server with the same parts. */
  ApiServer another(ApiServerSettings settings) {
    return ApiServer.create(settings, parts());
  }

  private ApiServer.Parts parts() {
    return new ApiServer.Parts(
        metrics,
        new SubresourceQueries(
            this::policy,
            () ->
                new InstallationAnswer.Report(
                    Map.of(
                        "nodes",
                        new TreeMap<>(Map.of("withGpus", 2, "unreported", List.of("gpu-2")))))),
        // Certificates are judged by the real time, answers are stamped with a fixed one.
        ChainAuthenticator.inCluster(
            trust, this::token, calls, InstantSource.system(), Ticker.system()),
        new ReviewingAuthorizer(this::access, calls, Ticker.system()),
        List.of(
            HealthCheck.readiness("sources", ready::get), HealthCheck.liveness("ping", () -> true)),
        () -> Answer.text(200, "up 1\n"),
        (_, _, _, _) -> {},
        InstantSource.fixed(NOW),
        Ticker.system());
  }

  /** Knows the policy {@code ai/worker}, and is switched off for the namespace {@code off}. */
  private PolicyAnswer policy(PolicySubresource what, String namespace, String name) {
    if (namespace.equals("off")) {
      return PolicyQuery.NONE.ask(what, namespace, name);
    }
    return name.equals("worker")
        ? new PolicyAnswer.Document(
            Map.of("level", 1, "ready", true, "ratio", 0.5, "list", List.of("a", 2L)),
            what == PolicySubresource.DEGRADATION
                ? Optional.of(Duration.ofMillis(3900))
                : Optional.empty())
        : new PolicyAnswer.NoSuchPolicy();
  }

  /** What serves requests, without a server. */
  RequestService service() {
    return new RequestService(
        _ -> new CompletableFuture<>(),
        _ -> new CompletableFuture<>(),
        new Endpoints(
            metrics,
            SubresourceQueries.NONE,
            new Health(List.of()),
            () -> Answer.text(200, ""),
            calls,
            StaticDocuments.of("1"),
            InstantSource.system()),
        RouteOptions.DEFAULT,
        (_, _, _, _) -> {},
        Ticker.system());
  }

  ClientTrust trust(TestAuthority proxy, Set<String> names) throws Exception {
    return new ClientTrust(
        CertificateAuthorities.ofPem(clientCa.pem()),
        new ClientTrust.FrontProxy(
            CertificateAuthorities.ofPem(proxy.pem()),
            names,
            List.of("X-Remote-User"),
            List.of("X-Remote-Group"),
            List.of("X-Remote-Extra-"),
            List.of()));
  }

  void serveWith(TestAuthority.Identity identity) throws IOException {
    Files.writeString(certificateFile, identity.certificatePem());
    Files.writeString(keyFile, identity.keyPem());
  }

  private TokenReview token(String token, List<String> audiences) {
    return switch (token) {
      case "hpa-token" ->
          new TokenReview.Authenticated(
              new UserInfo("hpa", "", List.of("system:serviceaccounts"), Map.of()), List.of());
      case "nobody-token" ->
          new TokenReview.Authenticated(new UserInfo("nobody", "", List.of(), Map.of()), List.of());
      case "hanging" -> {
        awaitRelease();
        yield new TokenReview.Authenticated(
            new UserInfo("hpa", "", List.of(), Map.of()), List.of());
      }
      case "unreviewable" -> new TokenReview.Failed("no cluster");
      default -> new TokenReview.Rejected();
    };
  }

  private void awaitRelease() {
    try {
      if (!release.await(TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
        throw new IllegalStateException("never released");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The HPA and Alice read everything, whoever is authenticated reads discovery. */
  private AccessReview access(AccessRequest request) {
    UserInfo user = request.user();
    if (user.name().equals("sar-fails")) {
      return new AccessReview.Failed("no cluster");
    }
    boolean isReader = Set.of("hpa", "alice").contains(user.name());
    boolean isDiscovery =
        request instanceof AccessRequest.NonResource(var _, String verb, String path)
            && verb.equals("get")
            && (path.startsWith("/apis") || path.startsWith("/openapi"))
            && user.groups().contains("system:authenticated");
    return isReader || isDiscovery ? new AccessReview.Allowed() : new AccessReview.Denied("");
  }

  HttpClient client(HttpClient.Version version, TestAuthority.@Nullable Identity identity)
      throws GeneralSecurityException, IOException {
    return HttpClient.newBuilder()
        .version(version)
        .sslContext(tls(identity))
        .followRedirects(HttpClient.Redirect.NEVER)
        .connectTimeout(TIMEOUT)
        .build();
  }

  /** What a client needs to trust the server, and to show a certificate. */
  SSLContext tls(TestAuthority.@Nullable Identity identity)
      throws GeneralSecurityException, IOException {
    KeyManager[] keys = null;
    if (identity != null) {
      KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
      factory.init(identity.keyStore(), new char[0]);
      keys = factory.getKeyManagers();
    }
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("ca", serverCa.certificate());
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, factory.getTrustManagers(), null);
    return context;
  }

  HttpResponse<String> get(HttpClient client, String target, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = request(target);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  HttpRequest.Builder request(String target) {
    return HttpRequest.newBuilder(URI.create(base() + target)).timeout(TIMEOUT);
  }

  /** Where the server is, without a slash at the end. */
  String base() {
    return "https://localhost:" + port;
  }

  @Override
  public void close() {
    server.close();
    calls.close();
  }
}
