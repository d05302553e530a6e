package io.gpuscaling.adapter.api.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.gpuscaling.adapter.api.ApiError;
import io.gpuscaling.adapter.api.ApiVersion;
import io.gpuscaling.adapter.api.CustomItem;
import io.gpuscaling.adapter.api.CustomQuery;
import io.gpuscaling.adapter.api.DescribedObject;
import io.gpuscaling.adapter.api.ExternalItem;
import io.gpuscaling.adapter.api.ExternalQuery;
import io.gpuscaling.adapter.api.GroupResource;
import io.gpuscaling.adapter.api.MetricCatalogue;
import io.gpuscaling.adapter.api.MetricCatalogue.CustomMetric;
import io.gpuscaling.adapter.api.selector.LabelSelector;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.kubernetes.identity.AccessRequest;
import io.gpuscaling.kubernetes.identity.UserInfo;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BodiesTest {

  private static final Instant NOW = Instant.parse("2026-03-01T10:00:07.900Z");
  private static final GroupResource PODS = new GroupResource("", "pods");
  private static final List<CustomItem> POD =
      List.of(
          new CustomItem(
              new DescribedObject("v1", "Pod", "shop", "cart-7d-x1"),
              1.25,
              Duration.ofMillis(7100)));

  @Test
  void custom_v1beta2_isGolden() throws Exception {
    assertGolden(
        ValueLists.custom(ApiVersion.CUSTOM_V1BETA2, query("verb=GET"), POD, NOW, true),
        "custom-v1beta2.json");
  }

  @Test
  void custom_v1beta1_isGolden() throws Exception {
    assertGolden(
        ValueLists.custom(ApiVersion.CUSTOM_V1BETA1, query(""), POD, NOW, true),
        "custom-v1beta1.json");
  }

  @Test
  void external_isGolden() throws Exception {
    assertGolden(
        ValueLists.external(
            new ExternalQuery("shop", "queue_depth", LabelSelector.EVERYTHING),
            List.of(
                new ExternalItem(Labels.of("queue", "jobs"), 42, Duration.ofSeconds(7)),
                new ExternalItem(Labels.EMPTY, 0, Duration.ZERO)),
            NOW,
            true),
        "external-v1beta1.json");
  }

  @Test
  void discovery_isGolden() throws Exception {
    Discovery discovery =
        Discovery.of(
            new MetricCatalogue(
                List.of("queue_depth"),
                List.of(
                    new CustomMetric(PODS, true, "rps"),
                    new CustomMetric(new GroupResource("", "nodes"), false, "rps"),
                    new CustomMetric(new GroupResource("apps", "deployments"), true, "rps"),
                    // Of one resource's metrics the first says whether it is namespaced.
                    new CustomMetric(PODS, false, "cps"))));

    assertGolden(discovery.resources(ApiVersion.CUSTOM_V1BETA2, true), "resources-custom.json");
    assertGolden(discovery.resources(ApiVersion.EXTERNAL_V1BETA1, true), "resources-external.json");
    assertGolden(
        discovery.resources(ApiVersion.SUBRESOURCES_V1ALPHA1, true), "resources-policies.json");
    assertGolden(discovery.groups(true), "groups.json");
    assertGolden(discovery.group("custom.metrics.k8s.io", true), "group-custom.json");
    assertGolden(discovery.aggregated(true), "aggregated.json");
  }

  @Test
  void discovery_withoutMetrics_isNeverEmpty() {
    Discovery discovery = Discovery.of(MetricCatalogue.EMPTY);

    for (ApiVersion version : ApiVersion.values()) {
      assertThat(text(discovery.resources(version, false))).contains("\"verbs\":[\"get\"]");
    }
    assertThat(text(discovery.aggregated(false)))
        .contains("\"subresource\":\"custommetrics\"", "\"resource\":\"externalmetrics\"");
    assertThatIllegalArgumentException().isThrownBy(() -> discovery.group("apps", false));
  }

  @Test
  void discovery_ofAMillionMetrics_isSmall() {
    List<String> names =
        IntStream.range(0, 1_000_000).mapToObj(i -> "metric_with_a_long_name_" + i).toList();
    Discovery discovery =
        Discovery.of(
            new MetricCatalogue(
                names,
                names.stream().limit(10_000).map(n -> new CustomMetric(PODS, true, n)).toList()));

    for (ApiVersion version : ApiVersion.values()) {
      assertThat(discovery.resources(version, false).body()).hasSizeLessThan(64 * 1024);
    }
    assertThat(discovery.aggregated(false).body()).hasSizeLessThan(64 * 1024);
  }

  @Test
  void discovery_fewVeryLongNames_isSmall() {
    List<String> names = IntStream.range(0, 90).mapToObj(i -> "m".repeat(250) + i).toList();

    assertThat(Discovery.of(new MetricCatalogue(names, List.of())).aggregated(false).body())
        .hasSizeLessThan(64 * 1024);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | null",
        "a=b | {\"matchLabels\":{\"a\":\"b\"}}",
        "a=b,a=c | {\"matchLabels\":{\"a\":\"c\"}}",
        "a in (x,y) | {\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"In\",\"values\":[\"x\",\"y\"]}]}",
        "a!=b | {\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"NotIn\",\"values\":[\"b\"]}]}",
        "a notin (b) | {\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"NotIn\",\"values\":[\"b\"]}]}",
        "a | {\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Exists\"}]}",
        "!a,b=c | {\"matchLabels\":{\"b\":\"c\"},\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"DoesNotExist\"}]}",
        "a>1,b=c | null",
        "a<1 | null",
      })
  void custom_metricSelector_isEchoedAsObject(String selector, String json) {
    assertThat(text(ValueLists.custom(ApiVersion.CUSTOM_V1BETA2, query(selector), POD, NOW, false)))
        .contains("\"metric\":{\"name\":\"rps\",\"selector\":" + json + "}");
  }

  @Test
  void status_everyError_hasItsCodeAndReason() {
    var nobody = new UserInfo("u", "", List.of(), Map.of());
    var cluster = new AccessRequest.Resource(nobody, "list", "g", "v", "r", "", "", "");

    assertStatus(new ApiError.BadRequest("m"), 400, "BadRequest", "m");
    assertStatus(new ApiError.Unauthorized(), 401, "Unauthorized", "Unauthorized");
    assertStatus(
        new ApiError.Forbidden(cluster, "because"),
        403,
        "Forbidden",
        "r.g is forbidden: User \\\"u\\\" cannot list resource \\\"r\\\" in API group \\\"g\\\""
            + " at the cluster scope: because");
    assertStatus(new ApiError.Refused("m"), 403, "Forbidden", "m");
    assertStatus(new ApiError.NotFound("m"), 404, "NotFound", "m");
    assertStatus(new ApiError.MethodNotAllowed("m"), 405, "MethodNotAllowed", "m");
    assertStatus(
        new ApiError.NotAcceptable(),
        406,
        "NotAcceptable",
        "only the following media types are accepted: application/json");
    assertStatus(
        new ApiError.BodyTooLarge(),
        413,
        "RequestEntityTooLarge",
        "a request for metrics needs no body");
    assertStatus(
        new ApiError.TargetTooLong(), 414, "RequestURITooLong", "the path and query are too long");
    assertStatus(
        new ApiError.HeadersTooLarge(),
        431,
        "RequestHeaderFieldsTooLarge",
        "the headers are too large");
    assertStatus(
        new ApiError.TooManyRequests(),
        429,
        "TooManyRequests",
        "too many requests are being served, try again later");
    assertStatus(new ApiError.Internal("m"), 500, "InternalError", "m");
    assertStatus(new ApiError.Unavailable("m"), 503, "ServiceUnavailable", "m");
    assertStatus(new ApiError.TimedOut("m"), 504, "Timeout", "Timeout: m");
  }

  @Test
  void openApi_index_hasTheHashOfEachDocument() {
    StaticDocuments documents = StaticDocuments.of("1.2.3");
    for (ApiVersion version : ApiVersion.values()) {
      assertThat(text(documents.openApiV3Index()))
          .contains(
              "/openapi/v3/apis/"
                  + version.groupVersion()
                  + "?hash="
                  + documents.openApiV3(version).etag().replace("\"", ""));
    }
    assertThat(text(documents.version())).contains("\"major\":\"1\",\"minor\":\"2\"");
    assertThat(text(StaticDocuments.of("dev").version())).contains("\"minor\":\"\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TAG", "W/TAG", "\"x\", TAG", "*"})
  void isMatchedBy_tagOfTheAnswer_matches(String header) {
    Answer answer = StaticDocuments.of("1").version();

    assertThat(answer.isMatchedBy(header.replace("TAG", answer.etag()))).isTrue();
    assertThat(answer.isMatchedBy("\"other\"")).isFalse();
    assertThat(Answer.text(200, "ok").isMatchedBy("*")).isFalse();
  }

  private static void assertStatus(ApiError error, int code, String reason, String message) {
    Answer answer = StatusWriter.answer(error);

    assertThat(answer.code()).isEqualTo(code);
    assertThat(text(answer))
        .startsWith(
            "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\","
                + "\"message\":\""
                + message
                + "\",\"reason\":\""
                + reason
                + "\"")
        .endsWith("\"code\":" + code + "}\n");
  }

  private static CustomQuery query(String metricSelector) {
    LabelSelector selector =
        switch (LabelSelector.parse(metricSelector)) {
          case LabelSelector.Parsed.Valid(LabelSelector valid) -> valid;
          case LabelSelector.Parsed.Invalid(String message) -> throw new AssertionError(message);
        };
    return new CustomQuery("shop", PODS, "*", "rps", LabelSelector.EVERYTHING, selector);
  }

  private static void assertGolden(Answer answer, String file) throws IOException {
    try (InputStream golden = BodiesTest.class.getResourceAsStream(file)) {
      assertThat(golden).as(file).isNotNull();
      assertThat(text(answer)).isEqualTo(new String(golden.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  private static String text(Answer answer) {
    return new String(answer.body(), StandardCharsets.UTF_8);
  }
}
