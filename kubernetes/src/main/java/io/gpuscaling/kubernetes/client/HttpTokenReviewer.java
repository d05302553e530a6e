package io.gpuscaling.kubernetes.client;

import io.gpuscaling.kubernetes.identity.TokenReview;
import io.gpuscaling.kubernetes.identity.TokenReviewer;
import io.gpuscaling.kubernetes.identity.UserInfo;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reviews tokens by {@code POST /apis/authentication.k8s.io/v1/tokenreviews}. The CA file is read
 * again when it has changed. Safe for use by any thread; blocks the caller for one request, at most
 * the configured time.
 */
public final class HttpTokenReviewer implements TokenReviewer, AutoCloseable {

  private static final String PATH = "/apis/authentication.k8s.io/v1/tokenreviews";
  private static final int CREATED = 201;
  private static final int OK = 200;

  /** A token is a few KiB; more is not a token file. */
  private static final long MAX_TOKEN_BYTES = 64 * 1024;

  /** What a bearer token consists of (RFC 6750); anything else would break the header. */
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

  /** A TokenReview is a few KiB. */
  private static final int MAX_BODY_BYTES = 1 << 20;

  private final ApiServerAccess access;
  private final JsonMapper json = JsonMapper.builder().build();
  private @Nullable TrustedClient current;

  private record TrustedClient(String ca, HttpClient client) {}

  /** A reviewer that has not connected yet. */
  public HttpTokenReviewer(ApiServerAccess access) {
    this.access = access;
  }

  @Override
  public TokenReview review(String token, List<String> audiences) {
    try {
      return ask(token, audiences);
    } catch (IOException | GeneralSecurityException e) {
      return new TokenReview.Failed("the API server could not be asked: " + describe(e));
    } catch (JacksonException e) {
      // Not its text: that would quote what came.
      return new TokenReview.Failed("the API server's answer could not be understood");
    } catch (TimeoutException e) {
      return new TokenReview.Failed(
          "the API server did not answer in " + access.timeout().toMillis() / 1000.0 + " s");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new TokenReview.Failed("interrupted");
    }
  }

  private TokenReview ask(String token, List<String> audiences)
      throws IOException, GeneralSecurityException, TimeoutException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(access.server().resolve(PATH))
            .header("Authorization", "Bearer " + ownToken())
            .header("Content-Type", "application/json")
            .header("Accept", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofByteArray(
                    json.writeValueAsBytes(body(token, audiences))))
            .build();
    CompletableFuture<HttpResponse<byte[]>> sent =
        client()
            .sendAsync(
                request,
                HttpResponse.BodyHandlers.limiting(
                    HttpResponse.BodyHandlers.ofByteArray(), MAX_BODY_BYTES));
    HttpResponse<byte[]> response;
    try {
      // HttpRequest.timeout would end with the headers.
      response = sent.get(access.timeout().toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    } finally {
      sent.cancel(true);
    }
    if (response.statusCode() != CREATED && response.statusCode() != OK) {
      return new TokenReview.Failed(
          "the API server answered " + response.statusCode() + " to a token review");
    }
    return read(json.readTree(response.body()));
  }

  private String ownToken() throws IOException {
    Path file = access.tokenFile();
    if (Files.size(file) > MAX_TOKEN_BYTES) {
      throw new IOException(file + " is larger than a token");
    }
    String token = Files.readString(file).strip();
    if (!TOKEN.matcher(token).matches()) {
      // Checked here: the client's own message would quote it.
      throw new IOException(file + " holds no token");
    }
    return token;
  }

  /** A connection that is refused has no message of its own. */
  private static String describe(Exception failure) {
    String message = failure.getMessage();
    return message == null ? failure.getClass().getSimpleName() : message;
  }

  private ObjectNode body(String token, List<String> audiences) {
    ObjectNode review =
        json.createObjectNode()
            .put("apiVersion", "authentication.k8s.io/v1")
            .put("kind", "TokenReview");
    ObjectNode spec = review.putObject("spec").put("token", token);
    if (!audiences.isEmpty()) {
      ArrayNode list = spec.putArray("audiences");
      audiences.forEach(list::add);
    }
    return review;
  }

  private static TokenReview read(JsonNode review) {
    JsonNode status = review.path("status");
    if (!status.isObject()) {
      return new TokenReview.Failed("the API server's answer is no TokenReview");
    }
    // Left out when false.
    if (!(status.path("authenticated") instanceof BooleanNode authenticated
        && authenticated.booleanValue())) {
      return new TokenReview.Rejected();
    }
    JsonNode user = status.path("user");
    Map<String, List<String>> extra = new LinkedHashMap<>();
    user.path("extra")
        .properties()
        .forEach(entry -> extra.put(entry.getKey(), texts(entry.getValue())));
    return new TokenReview.Authenticated(
        new UserInfo(
            user.path("username").asString(""),
            user.path("uid").asString(""),
            texts(user.path("groups")),
            extra),
        texts(status.path("audiences")));
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(node -> texts.add(node.asString("")));
    return texts;
  }

  private synchronized HttpClient client() throws IOException, GeneralSecurityException {
    String ca = Files.readString(access.caFile());
    if (current == null || !current.ca().equals(ca)) {
      if (current != null) {
        current.client().shutdown(); // what runs on it may end
      }
      HttpClient client =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .followRedirects(HttpClient.Redirect.NEVER)
              .connectTimeout(access.timeout())
              .sslContext(trusting(ca, access.caFile()))
              .build();
      current = new TrustedClient(ca, client);
    }
    return current.client();
  }

  private static SSLContext trusting(String ca, Path file)
      throws IOException, GeneralSecurityException {
    KeyStore roots = KeyStore.getInstance(KeyStore.getDefaultType());
    roots.load(null, null);
    int count = 0;
    for (Certificate root :
        CertificateFactory.getInstance("X.509")
            .generateCertificates(
                new ByteArrayInputStream(ca.getBytes(StandardCharsets.US_ASCII)))) {
      roots.setCertificateEntry("ca-" + count++, root);
    }
    if (count == 0) {
      throw new IOException(file + " holds no certificate");
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(roots);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), new SecureRandom());
    return context;
  }

  /** Ends what runs. */
  @Override
  public synchronized void close() {
    if (current != null) {
      current.client().shutdownNow();
      current = null;
    }
  }
}
