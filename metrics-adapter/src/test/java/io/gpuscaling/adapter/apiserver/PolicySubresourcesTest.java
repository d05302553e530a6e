package io.gpuscaling.adapter.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PolicySubresourcesTest {

  private static final String POLICIES =
      "/apis/subresources.gpuscaling.io/v1alpha1/namespaces/ai/scalingpolicies/";

  @TempDir private Path folder;
  private ServerFixture fixture;
  private HttpClient client;

  @BeforeEach
  void start() throws Exception {
    fixture = new ServerFixture(folder);
    client = fixture.client(HttpClient.Version.HTTP_2, null);
  }

  @AfterEach
  void stop() {
    client.close();
    fixture.close();
  }

  private HttpResponse<String> get(String path, String... headers) throws Exception {
    HttpRequest.Builder request = fixture.request(path).header("Authorization", "Bearer hpa-token");
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void degradation_hasAnEntityTagAndAnAge_andIsSentOnce() throws Exception {
    HttpResponse<String> first = get(POLICIES + "worker/degradation");

    assertThat(first.statusCode()).isEqualTo(200);
    assertThat(first.body())
        .startsWith(
            "{\"kind\":\"ScalingPolicyDegradation\","
                + "\"apiVersion\":\"subresources.gpuscaling.io/v1alpha1\","
                + "\"metadata\":{\"name\":\"worker\",\"namespace\":\"ai\"}")
        .contains("\"level\":1", "\"ready\":true", "\"ratio\":0.5", "\"list\":[\"a\",2]");
    assertThat(first.headers().firstValue("age")).contains("3");
    String tag = first.headers().firstValue("etag").orElseThrow();

    HttpResponse<String> again = get(POLICIES + "worker/degradation", "If-None-Match", tag);
    assertThat(again.statusCode()).isEqualTo(304);
    assertThat(again.body()).isEmpty();
    assertThat(again.headers().firstValue("age")).contains("3");
  }

  @Test
  void explain_isNeverKept() throws Exception {
    HttpResponse<String> response = get(POLICIES + "worker/explain?pretty=true");

    assertThat(response.body()).contains("\n  \"kind\": \"ScalingPolicyExplanation\"");
    assertThat(response.headers().firstValue("etag")).isEmpty();
    assertThat(response.headers().firstValue("age")).isEmpty();
  }

  @Test
  void unknownPolicy_is404_andSwitchedOff503_withSentences() throws Exception {
    assertThat(get(POLICIES + "other/explain").statusCode()).isEqualTo(404);
    assertThat(get(POLICIES + "other/explain").body())
        .contains("scalingpolicies.gpuscaling.io \\\"other\\\" not found");
    HttpResponse<String> off = get(POLICIES.replace("/ai/", "/off/") + "worker/explain");
    assertThat(off.statusCode()).isEqualTo(503);
    assertThat(off.body()).contains("policies.enabled");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "worker",
        "worker/other",
        "worker/explain/more",
        "",
      })
  void otherPaths_doNotExist(String rest) throws Exception {
    assertThat(get(POLICIES + rest).statusCode()).isEqualTo(404);
  }

  @Test
  void installationReport_isAnObjectOfTheCluster_andOneRightOfItsOwn() throws Exception {
    String path = "/apis/subresources.gpuscaling.io/v1alpha1/installationreports/current";

    assertThat(get(path).body())
        .isEqualTo(
            "{\"kind\":\"InstallationReport\","
                + "\"apiVersion\":\"subresources.gpuscaling.io/v1alpha1\","
                + "\"metadata\":{\"name\":\"current\"},"
                + "\"nodes\":{\"unreported\":[\"gpu-2\"],\"withGpus\":2}}\n");
    assertThat(get(path.replace("current", "other")).statusCode()).isEqualTo(404);
    assertThat(get(path.replace("/current", "")).statusCode()).isEqualTo(404);
    HttpResponse<String> nobody = fixture.get(client, path, "Authorization", "Bearer nobody-token");
    assertThat(nobody.statusCode()).isEqualTo(403);
    assertThat(nobody.body()).contains("cannot get resource \\\"installationreports\\\"");
  }

  @Test
  void othersMayNotAsk_andNobodyMayWrite() throws Exception {
    HttpResponse<String> nobody =
        fixture.get(client, POLICIES + "worker/explain", "Authorization", "Bearer nobody-token");
    assertThat(nobody.statusCode()).isEqualTo(403);
    assertThat(nobody.body())
        .contains("cannot get resource \\\"scalingpolicies/explain\\\"")
        .contains("subresources.gpuscaling.io");

    HttpResponse<String> post =
        client.send(
            fixture
                .request(POLICIES + "worker/explain")
                .header("Authorization", "Bearer hpa-token")
                .POST(HttpRequest.BodyPublishers.ofString("{}"))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(post.statusCode()).isEqualTo(405);
  }
}
