package io.gpuscaling.adapter.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the contract says of paths, codes and bodies, as an allowed user sees it over real TLS. */
class ConformanceTest {

  @TempDir private static Path folder;
  private static ServerFixture fixture;
  private static HttpClient http1;
  private static HttpClient http2;

  @BeforeAll
  static void start() throws Exception {
    fixture = new ServerFixture(folder);
    http1 = fixture.client(HttpClient.Version.HTTP_1_1, null);
    http2 = fixture.client(HttpClient.Version.HTTP_2, null);
  }

  @AfterAll
  static void stop() {
    http1.close();
    http2.close();
    fixture.close();
  }

  @ParameterizedTest
  @MethodSource("io.gpuscaling.adapter.apiserver.ConformanceCase#all")
  void serve_table_isAnswered(ConformanceCase row) throws Exception {
    for (HttpClient client : new HttpClient[] {http1, http2}) {
      HttpResponse<String> response = ask(client, row);

      assertThat(response.version()).isEqualTo(client.version());
      assertThat(row.violations(new ConformanceCase.Seen(response)))
          .as("%s", response.body())
          .isEmpty();
      if (row.isStatus()) {
        assertThat(response.headers().firstValue("content-type")).hasValue("application/json");
        assertThat(response.body())
            .startsWith("{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{}")
            .contains("\"code\":" + row.code());
      }
      assertThat(response.statusCode() / 100).as("redirects and upgrades").isNotIn(1, 3);
      assertThat(response.headers().firstValue("retry-after")).isEmpty();
      assertThat(response.headers().firstValue("location")).isEmpty();
      assertThat(response.headers().firstValue("upgrade")).isEmpty();
      assertThat(response.headers().firstValue("x-content-type-options")).hasValue("nosniff");
    }
  }

  /** Strangers lose their connection, so they come on one of their own. */
  private static HttpResponse<String> ask(HttpClient client, ConformanceCase row) throws Exception {
    HttpRequest request = row.request(fixture.base(), "hpa-token", "nobody-token");
    if (!row.headers().contains("Authorization")) {
      return client.send(request, HttpResponse.BodyHandlers.ofString());
    }
    try (HttpClient own = fixture.client(client.version(), null)) {
      return own.send(request, HttpResponse.BodyHandlers.ofString());
    }
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void serve_aggregatedDiscovery_isNotModifiedForItsTag(HttpClient.Version version)
      throws Exception {
    HttpClient client = version == HttpClient.Version.HTTP_2 ? http2 : http1;
    String accept =
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
            + "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";

    HttpResponse<String> first =
        fixture.get(client, "/apis", "Authorization", "Bearer hpa-token", "Accept", accept);
    String tag = first.headers().firstValue("etag").orElseThrow();
    HttpResponse<String> second =
        fixture.get(
            client,
            "/apis",
            "Authorization",
            "Bearer hpa-token",
            "Accept",
            accept,
            "If-None-Match",
            tag);

    assertThat(first.statusCode()).isEqualTo(200);
    assertThat(first.headers().firstValue("content-type"))
        .hasValue("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
    assertThat(first.headers().firstValue("vary")).hasValue("Accept");
    assertThat(first.headers().firstValue("cache-control")).isEmpty();
    assertThat(tag).startsWith("\"").endsWith("\"");
    assertThat(second.statusCode()).isEqualTo(304);
    assertThat(second.body()).isEmpty();
    assertThat(second.headers().firstValue("etag")).hasValue(tag);
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void serve_manyAndLongHeaders_areTaken(HttpClient.Version version) throws Exception {
    HttpClient client = version == HttpClient.Version.HTTP_2 ? http2 : http1;
    String[] headers = new String[2 * 34];
    headers[0] = "Authorization";
    headers[1] = "Bearer hpa-token";
    headers[2] = "Accept";
    headers[3] = "*/*";
    for (int i = 2; i < 34; i++) {
      headers[2 * i] = "X-Long-" + i;
      headers[2 * i + 1] = "v".repeat(2000);
    }

    HttpResponse<String> response = fixture.get(client, "/version", headers);

    assertThat(response.statusCode()).isEqualTo(200);
  }

  @Test
  void serve_longSelector_isTaken() throws Exception {
    String selector = "k%2C".repeat(200) + "k";

    HttpResponse<String> response =
        fixture.get(
            http2,
            "/apis/custom.metrics.k8s.io/v1beta2/nodes/*/some-metric?labelSelector=" + selector,
            "Authorization",
            "Bearer hpa-token");

    assertThat(response.statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void serve_bodyOnGet_isDiscardedUpToALimit(HttpClient.Version version) throws Exception {
    HttpClient client = version == HttpClient.Version.HTTP_2 ? http2 : http1;

    assertThat(withBody(client, 1000)).isEqualTo(200);
    assertThat(withBody(client, ApiServerLimits.MAX_BODY_BYTES + 1)).isEqualTo(413);
  }

  private static int withBody(HttpClient client, int bytes) throws Exception {
    HttpRequest request =
        fixture
            .request("/version")
            .header("Authorization", "Bearer hpa-token")
            .method("GET", HttpRequest.BodyPublishers.ofString("x".repeat(bytes)))
            .build();
    return client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
  }

  @Test
  void serve_prettyJson_isIndentedByTwo() throws Exception {
    HttpResponse<String> response =
        fixture.get(
            http2,
            "/apis/external.metrics.k8s.io/v1beta1/namespaces/ns/my-external-metric"
                + "?labelSelector=foo%3Dbar&pretty=true",
            "Authorization",
            "Bearer hpa-token");

    assertThat(response.body()).startsWith("{\n  \"kind\"").endsWith("}\n");
    assertThat(response.headers().firstValue("cache-control")).hasValue("no-cache, private");
  }
}
