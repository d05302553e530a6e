package io.gpuscaling.demo.cluster;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.gpuscaling.testkit.pki.IssuedCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The one path of a Kubernetes API server that an exporter asks: {@code POST
 * /apis/authentication.k8s.io/v1/tokenreviews}, over HTTPS on 127.0.0.1.
 */
public final class TokenReviewServer implements AutoCloseable {

  private static final String PATH = "/apis/authentication.k8s.io/v1/tokenreviews";
  private static final String CLAIM = "authentication.kubernetes.io/";
  private static final int BACKLOG = 16;
  private static final int MAX_BODY_BYTES = 1 << 16;
  private static final int CREATED = 201;
  private static final int BAD_REQUEST = 400;
  private static final int UNAUTHORIZED = 401;
  private static final int NOT_FOUND = 404;
  private static final int METHOD_NOT_ALLOWED = 405;

  private final HttpsServer server;
  private final ExecutorService calls =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("token-review-", 0).factory());
  private final String callerToken;
  private final String audience;
  private final PodTokens tokens;
  private final JsonMapper json = JsonMapper.builder().build();

  private TokenReviewServer(
      HttpsServer server, String callerToken, String audience, PodTokens tokens) {
    this.server = server;
    this.callerToken = callerToken;
    this.audience = audience;
    this.tokens = tokens;
  }

  /**
   * Listens on a free port.
   *
   * @param certificate of the server, for 127.0.0.1
   * @param callerToken which alone may ask
   * @param audience which the pods' tokens are meant for
   * @throws IOException when there is no free port
   */
  public static TokenReviewServer start(
      IssuedCertificate certificate, String callerToken, String audience, PodTokens tokens)
      throws IOException {
    HttpsServer https =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
    https.setHttpsConfigurator(new HttpsConfigurator(ServerTls.of(certificate)));
    var server = new TokenReviewServer(https, callerToken, audience, tokens);
    https.setExecutor(server.calls);
    https.createContext("/", server::handle);
    https.start();
    return server;
  }

  /** Its address. */
  public URI uri() {
    return URI.create("https://127.0.0.1:" + server.getAddress().getPort());
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY_BYTES);
      if (!("Bearer " + callerToken)
          .equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
        answer(exchange, UNAUTHORIZED, status("who asks must show its own token"));
      } else if (!exchange.getRequestURI().getPath().equals(PATH)) {
        answer(exchange, NOT_FOUND, status("the demo's API server only reviews tokens"));
      } else if (!exchange.getRequestMethod().equals("POST")) {
        answer(exchange, METHOD_NOT_ALLOWED, status("a token review is created by POST"));
      } else {
        review(exchange, body);
      }
    }
  }

  private void review(HttpExchange exchange, byte[] body) throws IOException {
    JsonNode spec;
    try {
      spec = json.readTree(body).path("spec");
    } catch (JacksonException e) {
      answer(exchange, BAD_REQUEST, status("the body is no JSON"));
      return;
    }
    ObjectNode answer =
        json.createObjectNode()
            .put("apiVersion", "authentication.k8s.io/v1")
            .put("kind", "TokenReview");
    ObjectNode status = answer.putObject("status");
    Optional<PodTokens.Pod> pod = tokens.pod(spec.path("token").asString(""));
    List<String> asked = new ArrayList<>();
    spec.path("audiences").forEach(node -> asked.add(node.asString("")));
    if (pod.isPresent() && asked.contains(audience)) {
      authenticate(status, pod.get());
    } else {
      status.put("authenticated", false).put("error", "unknown token, or of another audience");
    }
    answer(exchange, CREATED, answer);
  }

  private void authenticate(ObjectNode status, PodTokens.Pod pod) {
    status.put("authenticated", true);
    status.putArray("audiences").add(audience);
    ObjectNode user =
        status
            .putObject("user")
            .put(
                "username", "system:serviceaccount:" + pod.namespace() + ":" + pod.serviceAccount())
            .put("uid", pod.uid());
    user.putArray("groups").add("system:serviceaccounts").add("system:authenticated");
    ObjectNode extra = user.putObject("extra");
    extra.putArray(CLAIM + "node-name").add(pod.node());
    extra.putArray(CLAIM + "pod-name").add(pod.name());
    extra.putArray(CLAIM + "pod-uid").add(pod.uid());
  }

  private ObjectNode status(String message) {
    return json.createObjectNode()
        .put("apiVersion", "v1")
        .put("kind", "Status")
        .put("status", "Failure")
        .put("message", message);
  }

  private void answer(HttpExchange exchange, int code, ObjectNode body) throws IOException {
    byte[] bytes = json.writeValueAsBytes(body);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(code, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  /** Stops listening and drops what is open. */
  @Override
  public void close() {
    server.stop(0);
    calls.shutdownNow();
  }
}
