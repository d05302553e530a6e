package io.gpuscaling.adapter.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.api.ApiVersion;
import io.gpuscaling.adapter.api.request.RouteOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that serves custom metrics alone. */
class SwitchedOffTest {

  @TempDir private Path folder;
  private ServerFixture fixture;
  private ApiServer server;
  private int port;

  @BeforeEach
  void start() throws Exception {
    fixture = new ServerFixture(folder);
    server =
        fixture.another(
            new ApiServerSettings(
                "127.0.0.1",
                0,
                fixture.certificateFile,
                fixture.keyFile,
                1,
                Duration.ofSeconds(1),
                new RouteOptions(
                    false, Set.of(ApiVersion.CUSTOM_V1BETA1, ApiVersion.CUSTOM_V1BETA2)),
                "1"));
    port = server.start();
  }

  @AfterEach
  void stop() {
    server.close();
    fixture.close();
  }

  private HttpResponse<String> get(String path) throws Exception {
    try (HttpClient client = fixture.client(HttpClient.Version.HTTP_2, null)) {
      return client.send(
          HttpRequest.newBuilder(URI.create("https://localhost:" + port + path))
              .header("Authorization", "Bearer hpa-token")
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/apis/external.metrics.k8s.io",
        "/apis/external.metrics.k8s.io/v1beta1",
        "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/my-external-metric",
        "/openapi/v3/apis/external.metrics.k8s.io/v1beta1"
      })
  void pathsOfTheOther_doNotExist(String path) throws Exception {
    assertThat(get(path).statusCode()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/apis", "/openapi/v3"})
  void discovery_lacksTheOther(String path) throws Exception {
    HttpResponse<String> response = get(path);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body())
        .contains("custom.metrics.k8s.io")
        .doesNotContain("external.metrics.k8s.io");
  }

  @Test
  void whatIsServed_isServed() throws Exception {
    assertThat(get("/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/pods/*/some-metric").body())
        .contains("MetricValueList");
    assertThat(get("/apis/custom.metrics.k8s.io/v1beta1").statusCode()).isEqualTo(200);
  }
}
