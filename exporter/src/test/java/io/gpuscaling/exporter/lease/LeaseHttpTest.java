package io.gpuscaling.exporter.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.kubernetes.identity.TokenReview;
import io.gpuscaling.testkit.pki.ClientTls;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The same service through its other door, over real TLS. */
@Timeout(60)
final class LeaseHttpTest {

  @TempDir private Path folder;
  private LeaseFixture leases;
  private HttpClient client;

  @BeforeEach
  void start() throws IOException {
    leases = LeaseFixture.start(folder, Duration.ofSeconds(2));
    leases.reviewer.knowsWorker("good", "worker-0", LeaseFixture.NODE);
    client = HttpClient.newBuilder().sslContext(ClientTls.trusting(leases.authority())).build();
  }

  @AfterEach
  void stop() {
    client.close();
    leases.close();
  }

  private HttpResponse<String> post(String method, String body) {
    return post(method, body, "Bearer good");
  }

  private HttpResponse<String> post(String method, String body, @Nullable String authorization) {
    var request =
        HttpRequest.newBuilder(
                URI.create("https://localhost:" + leases.httpPort() + "/v1/leases/" + method))
            .timeout(Duration.ofSeconds(20))
            .version(HttpClient.Version.HTTP_1_1)
            .POST(HttpRequest.BodyPublishers.ofString(body));
    if (authorization != null) {
      request.header("authorization", authorization);
    }
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static final String TASK = "{\"id\":\"1\",\"taskClass\":\"sample\",\"queue\":\"q\"}";

  @Test
  void calls_goodToken_areCountedBeforeTheyAreAnswered() {
    assertThat(post("renew", "{\"sessionId\":\"s\"}").body())
        .isEqualTo("{\"timeToLiveMillis\":2000,\"draining\":false,\"endedTaskIds\":[]}");
    assertThat(leases.active("worker-0")).isZero();

    var started = post("start", "{\"sessionId\":\"s\",\"task\":" + TASK + "}");
    assertThat(started.statusCode()).isEqualTo(200);
    assertThat(started.headers().firstValue("content-type")).contains("application/json");
    assertThat(started.body()).isEqualTo("{\"timeToLiveMillis\":2000,\"draining\":false}");
    assertThat(leases.active("worker-0")).isEqualTo(1);

    assertThat(
            post(
                    "end",
                    "{\"sessionId\":\"s\",\"taskId\":\"1\",\"outcome\":\"failed\",\"ranMillis\":5}")
                .body())
        .isEqualTo("{\"draining\":false}");
    assertThat(leases.active("worker-0")).isZero();
    assertThat(post("renew", "{\"sessionId\":\"s\",\"tasks\":[" + TASK + "]}").body())
        .contains("\"endedTaskIds\":[\"1\"]");
    assertThat(leases.metric("gpuscaling_lease_tasks_finished_total", "outcome", "failed"))
        .isEqualTo(1);

    assertThat(post("close", "{\"sessionId\":\"s\"}").body()).isEqualTo("{}");
    assertThat(leases.active("worker-0")).isEqualTo(-1);
    assertThat(leases.metric("gpuscaling_lease_calls_total", "method", "start", "code", "ok"))
        .isEqualTo(1);
  }

  @Test
  void bothDoors_areOneService() throws IOException {
    var _ = post("start", "{\"sessionId\":\"s\",\"task\":" + TASK + "}");
    var _ =
        leases
            .worker("good")
            .end(
                io.gpuscaling.proto.v1.EndRequest.newBuilder()
                    .setSessionId("s")
                    .setTaskId("1")
                    .build());
    assertThat(leases.active("worker-0")).isZero();
  }

  @Test
  void drain_startsNothingNew() {
    var _ = post("start", "{\"sessionId\":\"s\",\"task\":" + TASK + "}");
    assertThat(post("drain", "{}").body()).startsWith("{\"runningTasks\":1,");

    var refused = post("start", "{\"sessionId\":\"s\",\"task\":{\"id\":\"2\"}}");
    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(refused.body())
        .isEqualTo(
            "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\","
                + "\"message\":\"the pod is being taken away: it starts no new tasks\","
                + "\"reason\":\"Conflict\",\"code\":409}");
    var _ = post("close", "{\"sessionId\":\"s\"}");
    await()
        .until(() -> post("drain", "{}").body().equals("{\"runningTasks\":0,\"complete\":true}"));
  }

  @Test
  void call_whoeverMayNot_isRefused() {
    leases.reviewer.knowsWorker("elsewhere", "worker-9", "node-b");
    leases.reviewer.knows("unlucky", new TokenReview.Failed("the API server is away"));
    String renew = "{\"sessionId\":\"s\"}";

    var nobody = post("renew", renew, null);
    assertThat(nobody.statusCode()).isEqualTo(401);
    assertThat(nobody.headers().firstValue("www-authenticate")).contains("Bearer");
    assertThat(post("renew", renew, "Bearer forged").statusCode()).isEqualTo(401);
    assertThat(post("renew", renew, "Basic Z29vZA==").statusCode()).isEqualTo(401);
    var elsewhere = post("renew", renew, "Bearer elsewhere");
    assertThat(elsewhere.statusCode()).isEqualTo(403);
    assertThat(elsewhere.body()).contains("node-b", "node-a");
    var unlucky = post("renew", renew, "Bearer unlucky");
    assertThat(unlucky.statusCode()).isEqualTo(503);
    assertThat(unlucky.headers().firstValue("retry-after")).contains("1");
    assertThat(leases.active("worker-0")).isEqualTo(-1);
    assertThat(leases.metric("gpuscaling_lease_refused_total", "code", "unauthenticated"))
        .isEqualTo(3);
  }

  @Test
  void renew_moreTasksThanASessionMayHave_isRefused() {
    var tasks = new StringBuilder();
    for (int i = 0; i <= LeaseLimits.MAX_TASKS_PER_SESSION; i++) {
      tasks.append(i == 0 ? "" : ",").append("{\"id\":\"").append(i).append("\"}");
    }
    var refused = post("renew", "{\"sessionId\":\"s\",\"tasks\":[" + tasks + "]}");
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body()).contains("more than 1024 tasks");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "renew | `` | the body must be an object",
        "renew | [] | the body must be an object",
        "renew | {\"sessionId\":\"s\"} {} | expected",
        "renew | {\"sessionId\":\"s\",\"sessionId\":\"t\"} | uplicate",
        "renew | {\"sessionId\":\"s\",\"node\":\"node-b\"} | unknown field 'node'",
        "renew | {\"sessionId\":\"s\",\"tasks\":{}} | tasks must be a list",
        "renew | {\"sessionId\":\"s\",\"tasks\":[1]} | task must be an object",
        "renew | {\"sessionId\":\"s\",\"tasks\":[{\"id\":\"1\",\"x\":1}]} | unknown field 'x'",
        "renew | {\"sessionId\":1} | sessionId must be a text",
        "renew | {\"sessionId\":null} | sessionId must be a text",
        "renew | {} | session_id must be 1 to 64",
        "start | {\"sessionId\":\"s\"} | task must be an object",
        "start | {\"sessionId\":\"s\",\"task\":{\"id\":\"1\",\"waitedMillis\":-1}} | milliseconds",
        "start | {\"sessionId\":\"s\",\"task\":{\"id\":\"1\",\"waitedMillis\":1.5}} | milliseconds",
        "start | {\"sessionId\":\"s\",\"task\":{\"id\":\"1\",\"queue\":\"\\ud800\"}} | Unicode",
        "end | {\"sessionId\":\"s\",\"taskId\":\"1\",\"outcome\":\"perfect\"} | outcome must be",
        "drain | {\"x\":1} | unknown field 'x'",
        "drain | {\"pod\":1} | pod must be an object",
      })
  void call_bodyThatIsNotTheContracts_isRefusedWithASentence(
      String method, String body, String words) {
    var refused = post(method, body);
    assertThat(refused.statusCode()).describedAs(refused.body()).isEqualTo(400);
    assertThat(refused.body()).contains("\"reason\":\"BadRequest\"", words);
    assertThat(leases.active("worker-0")).isEqualTo(-1);
  }

  @ParameterizedTest
  @CsvSource({"renew", "start", "end", "close", "drain"})
  void call_namesAPod_isDenied(String method) {
    String task =
        method.equals("start")
            ? ",\"task\":{\"id\":\"1\"}"
            : method.equals("end") ? ",\"taskId\":\"1\"" : "";
    String session = method.equals("drain") ? "" : ",\"sessionId\":\"s\"";
    var refused =
        post(
            method,
            "{\"pod\":{\"namespace\":\"media\",\"name\":\"worker-1\"}" + session + task + "}");
    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(refused.body()).contains("pod");
  }
}
