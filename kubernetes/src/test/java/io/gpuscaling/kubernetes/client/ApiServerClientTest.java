package io.gpuscaling.kubernetes.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.kubernetes.client.FakeApiServer.Received;
import io.gpuscaling.testkit.pki.CertificateAuthority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

/** What {@link HttpTokenReviewerTest} does not say of the client already: files and deadlines. */
@Timeout(30)
final class ApiServerClientTest {

  private static final int MAX_BODY_BYTES = 4096;

  @TempDir private Path folder;

  private FakeApiServer server;
  private ApiServerClient client;

  @BeforeEach
  void start() throws IOException, GeneralSecurityException {
    var authority = CertificateAuthority.create("cluster", InstantSource.system());
    server = FakeApiServer.start(authority);
    Path ca = Files.writeString(folder.resolve("ca.crt"), authority.certificatePem());
    Path token = Files.writeString(folder.resolve("token"), "own-token");
    client =
        new ApiServerClient(
            new ApiServerAccess(server.address(), ca, token, Duration.ofSeconds(10)),
            MAX_BODY_BYTES);
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  @Test
  void get_object_isRead() {
    server.answer(200, "{\"kind\":\"Pod\"}");

    assertThat(client.get("/api/v1/pods?limit=1"))
        .isInstanceOfSatisfying(
            ApiAnswer.Ok.class,
            ok -> assertThat(ok.body().path("kind").asString("")).isEqualTo("Pod"));
    assertThat(server.received())
        .containsExactly(
            new Received("GET", "/api/v1/pods?limit=1", "Bearer own-token", "null", ""));
  }

  @Test
  void putAndPatch_object_isSentInItsMediaType() {
    server.answer(200, "{}");
    ObjectNode object = client.newObject().put("a", 1);

    client.put("/put", object);
    client.patch("/merge", ApiServerClient.PatchType.MERGE, object);
    client.patch("/json", ApiServerClient.PatchType.JSON, object);

    assertThat(server.received())
        .containsExactly(
            new Received("PUT", "/put", "Bearer own-token", "application/json", "{\"a\":1}"),
            new Received(
                "PATCH", "/merge", "Bearer own-token", "application/merge-patch+json", "{\"a\":1}"),
            new Received(
                "PATCH", "/json", "Bearer own-token", "application/json-patch+json", "{\"a\":1}"));
  }

  @Test
  void post_conflict_isRefusedInTheWordsOfTheServer() {
    server.answer(
        409, "{\"kind\":\"Status\",\"reason\":\"AlreadyExists\",\"message\":\"it exists\"}");

    assertThat(client.post("/x", client.newObject()))
        .isEqualTo(new ApiAnswer.Refused(ApiAnswer.Refused.CONFLICT, "AlreadyExists", "it exists"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "too many requests", "[]", "{\"kind\":\"Pod\",\"reason\":\"r\"}"})
  void get_refusedWithoutStatusObject_hasTheStatusAlone(String body) {
    server.answer(429, body);

    assertThat(client.get("/x")).isEqualTo(new ApiAnswer.Refused(429, "", ""));
  }

  @Test
  void get_longMessage_isShortened() {
    server.answer(403, "{\"kind\":\"Status\",\"message\":\"" + "m".repeat(1000) + "\"}");

    assertThat(client.get("/x"))
        .isInstanceOfSatisfying(
            ApiAnswer.Refused.class, it -> assertThat(it.message()).hasSize(303));
  }

  @Test
  void get_bodyOverTheLimit_fails() {
    server.answer(200, "\"" + "a".repeat(MAX_BODY_BYTES) + "\"");

    assertThat(client.get("/x")).isInstanceOf(ApiAnswer.Failed.class);
  }

  @Test
  void get_deepBody_fails() {
    server.answer(200, "[".repeat(200) + "]".repeat(200));

    assertThat(client.get("/x")).isEqualTo(new ApiAnswer.Failed(ApiAnswer.NOT_UNDERSTOOD));
  }
}
