package io.gpuscaling.kubernetes.client;

import io.gpuscaling.core.tls.BearerTokenFile;
import io.gpuscaling.core.tls.TrustedAuthorities;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Requests of JSON to the API server. The token file is read for each request, the CA file again
 * when it has changed; redirects are not followed, so that the token stays where it is meant for.
 * Blocks the caller for one request, at most the configured time; never throws for what the server
 * or the files hold. Safe for use by any thread.
 */
public final class ApiServerClient implements AutoCloseable {

  private static final int MAX_JSON_DEPTH = 100;
  private static final int MAX_MESSAGE_CHARACTERS = 300;
  private static final String JSON = "application/json";

  private final ApiServerAccess access;
  private final int maxBodyBytes;
  private final JsonMapper json =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(MAX_JSON_DEPTH).build())
                  .build())
          .build();
  private @Nullable TrustedClient current;

  private record TrustedClient(String ca, HttpClient client) {}

  /** How a patch is to be understood. */
  public enum PatchType {
    /** RFC 7386: objects are merged, lists replaced. */
    MERGE("application/merge-patch+json"),
    /** RFC 6902: a list of operations. */
    JSON("application/json-patch+json");

    private final String mediaType;

    PatchType(String mediaType) {
      this.mediaType = mediaType;
    }
  }

  /**
   * A client that has not connected yet.
   *
   * @param maxBodyBytes largest answer; a larger one fails
   */
  public ApiServerClient(ApiServerAccess access, int maxBodyBytes) {
    this.access = access;
    this.maxBodyBytes = maxBodyBytes;
  }

  /**
   * Reads an object or a list.
   *
   * @param path with the query, as in {@code /api/v1/pods?fieldSelector=...}
   */
  public ApiAnswer get(String path) {
    return send(path, "GET", null, "");
  }

  /** Creates an object. */
  public ApiAnswer post(String path, JsonNode object) {
    return send(path, "POST", object, JSON);
  }

  /** Replaces an object; with a {@code resourceVersion} only if it is still that one. */
  public ApiAnswer put(String path, JsonNode object) {
    return send(path, "PUT", object, JSON);
  }

  /** Changes a part of an object. */
  public ApiAnswer patch(String path, PatchType type, JsonNode change) {
    return send(path, "PATCH", change, type.mediaType);
  }

  /** An empty object to fill and send. */
  public ObjectNode newObject() {
    return json.createObjectNode();
  }

  private ApiAnswer send(String path, String method, @Nullable JsonNode body, String type) {
    try {
      HttpResponse<byte[]> response = exchange(path, method, body, type);
      return switch (response.statusCode()) {
        case 200, 201, 202 -> new ApiAnswer.Ok(json.readTree(response.body()));
        default -> refused(response);
      };
    } catch (IOException | GeneralSecurityException e) {
      return new ApiAnswer.Failed("the API server could not be asked: " + describe(e));
    } catch (JacksonException _) {
      // Not its text: that would quote what came.
      return new ApiAnswer.Failed(ApiAnswer.NOT_UNDERSTOOD);
    } catch (TimeoutException _) {
      return new ApiAnswer.Failed(
          "the API server did not answer in " + access.timeout().toMillis() / 1000.0 + " s");
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return new ApiAnswer.Failed("interrupted");
    }
  }

  private HttpResponse<byte[]> exchange(
      String path, String method, @Nullable JsonNode body, String type)
      throws IOException, GeneralSecurityException, TimeoutException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(access.server().resolve(path))
            .header("Authorization", "Bearer " + BearerTokenFile.read(access.tokenFile()))
            .header("Accept", JSON);
    if (body == null) {
      request.method(method, HttpRequest.BodyPublishers.noBody());
    } else {
      request
          .header("Content-Type", type)
          .method(method, HttpRequest.BodyPublishers.ofByteArray(json.writeValueAsBytes(body)));
    }
    CompletableFuture<HttpResponse<byte[]>> sent =
        client()
            .sendAsync(
                request.build(),
                HttpResponse.BodyHandlers.limiting(
                    HttpResponse.BodyHandlers.ofByteArray(), maxBodyBytes));
    try {
      // HttpRequest.timeout would end with the headers.
      return sent.get(access.timeout().toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    } finally {
      sent.cancel(true);
    }
  }

  private ApiAnswer.Refused refused(HttpResponse<byte[]> response) {
    String reason = "";
    String message = "";
    try {
      JsonNode status = json.readTree(response.body());
      if (status != null && status.path("kind").asString("").equals("Status")) {
        reason = shortened(status.path("reason").asString(""));
        message = shortened(status.path("message").asString(""));
      }
    } catch (JacksonException _) {
      // Proxies and overloaded servers answer in other formats: the status says enough.
    }
    return new ApiAnswer.Refused(response.statusCode(), reason, message);
  }

  private static String shortened(String text) {
    return text.length() <= MAX_MESSAGE_CHARACTERS
        ? text
        : text.substring(0, MAX_MESSAGE_CHARACTERS) + "...";
  }

  /** A connection that is refused has no message of its own. */
  private static String describe(Exception failure) {
    String message = failure.getMessage();
    return message == null ? failure.getClass().getSimpleName() : message;
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
              .sslContext(TrustedAuthorities.context(ca, access.caFile()))
              .build();
      current = new TrustedClient(ca, client);
    }
    return current.client();
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
