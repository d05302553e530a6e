package io.gpuscaling.benchmarks.process;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.ClientTls;
import io.gpuscaling.testkit.pki.SubjectName;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Of the Kubernetes API what the lease service asks: a review of tokens. A token is the name of the
 * pod that it is of.
 */
public final class TokenReviews implements AutoCloseable {

  private static final String ADDRESS = "127.0.0.1";
  private static final JsonMapper JSON = new JsonMapper();

  private final HttpsServer server;

  private TokenReviews(HttpsServer server) {
    this.server = server;
  }

  /** Serves on a free port of loopback; every pod runs on this node. */
  public static TokenReviews serve(CertificateAuthority authority, String node) throws IOException {
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(
            ClientTls.trusting(
                authority, authority.issueServer("api", new SubjectName.Ip(ADDRESS)))));
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/apis/authentication.k8s.io/v1/tokenreviews",
        exchange -> {
          JsonNode review = JSON.readTree(exchange.getRequestBody());
          byte[] answer =
              answer(
                      review.at("/spec/token").asString(""),
                      review.at("/spec/audiences/0").asString(""),
                      node)
                  .getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "application/json");
          exchange.sendResponseHeaders(201, answer.length);
          try (OutputStream body = exchange.getResponseBody()) {
            body.write(answer);
          }
        });
    server.start();
    return new TokenReviews(server);
  }

  private static String answer(String pod, String audience, String node) {
    return """
    {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "status": {
      "authenticated": true, "audiences": ["%s"], "user": {
        "username": "system:serviceaccount:%s:worker", "uid": "worker", "groups": [], "extra": {
          "authentication.kubernetes.io/node-name": ["%s"],
          "authentication.kubernetes.io/pod-name": ["%s"],
          "authentication.kubernetes.io/pod-uid": ["uid-of-%s"]}}}}
    """
        .formatted(audience, IngestTarget.NAMESPACE, node, pod, pod);
  }

  /** Where it is. */
  public String url() {
    return "https://" + ADDRESS + ":" + server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
