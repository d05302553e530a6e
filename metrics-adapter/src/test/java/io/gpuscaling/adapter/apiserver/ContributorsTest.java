package io.gpuscaling.adapter.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ?contributors=true}: on the path of a value, with the right to read that value. */
class ContributorsTest {

  private static final String EXTERNAL = "/apis/external.metrics.k8s.io/v1beta1/namespaces/ai/";

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

  private HttpResponse<String> get(String path, String token) throws Exception {
    return client.send(
        fixture.request(path).header("Authorization", "Bearer " + token).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void valueThatIsNotThere_isNoFailureOfTheAnswer() throws Exception {
    HttpResponse<String> answer = get(EXTERNAL + "stale?contributors=true", "hpa-token");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body())
        .contains("\"message\":\"incomplete: 1 of 3 nodes: n2 is stale\"", "\"missing\":1");
    answer = get(EXTERNAL + "my-external-metric?contributors=true", "hpa-token");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body().strip())
        .isEqualTo(
            "{\"kind\":\"MetricContributors\","
                + "\"apiVersion\":\"external.metrics.k8s.io/v1beta1\",\"metadata\":{},"
                + "\"metric\":\"my-external-metric\",\"expected\":3,\"missing\":1,"
                + "\"contributors\":["
                + "{\"kind\":\"Node\",\"name\":\"n2\",\"source\":\"lease\","
                + "\"missing\":\"no exporter has reported\"},"
                + "{\"kind\":\"Node\",\"name\":\"n1\",\"source\":\"lease\","
                + "\"ageSeconds\":7,\"value\":\"1250m\"},"
                + "{\"kind\":\"QueueReader\",\"name\":\"reader\","
                + "\"source\":\"rabbitmq/default\",\"ageSeconds\":7}]}");
  }

  @Test
  void nameOfAnyCase_asForTheValue_andFalseAsksForTheValue() throws Exception {
    assertThat(get(EXTERNAL + "myqueue?contributors=true", "hpa-token").body())
        .contains("\"metric\":\"MyQueue\"");
    assertThat(get(EXTERNAL + "myqueue?contributors=false", "hpa-token").body())
        .contains("\"kind\":\"ExternalMetricValueList\"");
  }

  @Test
  void customMetric_andItsFailures() throws Exception {
    String pods = "/apis/custom.metrics.k8s.io/v1beta2/namespaces/ai/pods/*/";

    assertThat(get(pods + "some-metric?contributors=true", "hpa-token").body())
        .contains("\"apiVersion\":\"custom.metrics.k8s.io/v1beta2\"", "\"expected\":0");
    assertThat(get(pods + "none?contributors=true", "hpa-token").statusCode()).isEqualTo(404);
  }

  @Test
  void whoMayNotReadTheValue_mayNotAskWhoMakesIt() throws Exception {
    assertThat(get(EXTERNAL + "myqueue?contributors=true", "none").statusCode()).isEqualTo(401);
  }
}
