package io.gpuscaling.adapter.api.request;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.api.ApiError;
import io.gpuscaling.adapter.api.CustomQuery;
import io.gpuscaling.adapter.api.GroupResource;
import io.gpuscaling.kubernetes.identity.AccessRequest;
import io.gpuscaling.kubernetes.identity.UserInfo;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ParsedRequestTest {

  private static final String CM = "/apis/custom.metrics.k8s.io/v1beta2";
  private static final String EM = "/apis/external.metrics.k8s.io/v1beta1";
  private static final UserInfo USER = new UserInfo("u", "", List.of(), Map.of());
  private static final Negotiation JSON = Negotiation.of("", "");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        // path | verb | resource | subresource | namespace | name
        "CM/namespaces/shop/pods/%2A/rps | get | pods | rps | shop | *",
        "CM/namespaces/shop/pods/*/rps | get | pods | rps | shop | *",
        "CM/namespaces/shop/pods/*/rps/ | get | pods | rps | shop | *",
        "CM/nodes/n1/m | get | nodes | m | '' | n1",
        "CM/namespaces/shop/metrics/m | get | metrics | '' | shop | m",
        "CM/namespaces/shop/deployments.apps/d/m | get | deployments.apps | m | shop | d",
        "CM/namespaces/shop/status/x | get | namespaces | status | shop | shop",
        "CM/namespaces/shop | get | namespaces | '' | shop | shop",
        "CM/namespaces | list | namespaces | '' | '' | ''",
        "CM/watch/namespaces/shop/pods | watch | pods | '' | shop | ''",
        "CM/proxy/nodes/n/m | proxy | nodes | '' | '' | n",
        "EM/namespaces/shop/queue_depth | list | queue_depth | '' | shop | ''",
        "EM/namespaces/shop/queue_depth?watch=true | watch | queue_depth | '' | shop | ''",
        "EM/namespaces/shop/queue_depth?watch=0 | list | queue_depth | '' | shop | ''",
        "EM/namespaces/shop/q?fieldSelector=metadata.name%3Dx | list | q | '' | shop | x",
        "EM/namespaces/shop/q?fieldSelector=metadata.name%3D.. | list | q | '' | shop | ''",
        "EM/namespaces/shop/q?fieldSelector=bad | list | q | '' | shop | ''",
        "EM/namespaces/shop/finalize | get | namespaces | finalize | shop | shop",
      })
  void access_resourcePath_hasAttributesOfKubernetes(
      String path,
      String verb,
      String resource,
      String subresource,
      String namespace,
      String name) {
    String target = path.replaceFirst("^CM", CM).replaceFirst("^EM", EM);
    String group = path.startsWith("CM") ? "custom.metrics.k8s.io" : "external.metrics.k8s.io";

    assertThat(ParsedRequest.of("GET", target).access(USER))
        .isEqualTo(
            new AccessRequest.Resource(
                USER,
                verb,
                group,
                path.startsWith("CM") ? "v1beta2" : "v1beta1",
                resource,
                subresource,
                namespace,
                name));
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /, get, /",
    "GET, /apis, get, /apis",
    "GET, /apis/, get, /apis/",
    "GET, /apis/custom.metrics.k8s.io, get, /apis/custom.metrics.k8s.io",
    "GET, /apis/custom.metrics.k8s.io/v1beta2/, get, /apis/custom.metrics.k8s.io/v1beta2/",
    "GET, /apis/custom.metrics.k8s.io/v1beta2/watch, get, /apis/custom.metrics.k8s.io/v1beta2/watch",
    "POST, /metrics, post, /metrics",
    "GET, /livez?verbose, get, /livez",
    "GET, /%6Civez, get, /livez",
    "GET, /readyz/ping, get, /readyz/ping",
  })
  void access_otherPath_isNonResource(String method, String target, String verb, String path) {
    assertThat(ParsedRequest.of(method, target).access(USER))
        .isEqualTo(new AccessRequest.NonResource(USER, verb, path));
  }

  @ParameterizedTest
  @CsvSource({"POST, create", "PUT, update", "PATCH, patch", "HEAD, get", "OPTIONS, ''"})
  void access_otherMethods_haveTheirVerb(String method, String verb) {
    assertThat(ParsedRequest.of(method, CM + "/nodes/n/m").access(USER))
        .isInstanceOfSatisfying(
            AccessRequest.Resource.class, r -> assertThat(r.verb()).isEqualTo(verb));
  }

  @Test
  void access_deleteWithoutName_isDeleteCollection() {
    assertThat(ParsedRequest.of("DELETE", CM + "/nodes").countedVerb())
        .isEqualTo("deletecollection");
    assertThat(ParsedRequest.of("BREW", CM + "/nodes").countedVerb()).isEqualTo("other");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*",
        "livez",
        "https://host/livez",
        "//livez",
        "/livez//",
        "/apis//custom.metrics.k8s.io",
        "/apis/./x",
        "/apis/../livez",
        "/apis/%2e%2e/livez",
        "/apis/a%2Fb",
        "/apis/a%252Fb",
        "/apis/a%00b",
        "/apis/a%0Ab",
        "/apis/a%5Cb",
        "/apis/a%",
        "/apis/a%4",
        "/apis/a%zz",
        "/apis/%ff",
        "/apis/%c0%af",
        "/apis/a b",
        "/apis/\u00e4",
        "/livez?a=%zz",
        "/livez?a;b",
      })
  void route_brokenTarget_isBadRequestAndNoHealthPath(String target) {
    ParsedRequest request = ParsedRequest.of("GET", target);

    assertThat(request.route(JSON, RouteOptions.DEFAULT))
        .isInstanceOfSatisfying(
            MetricsRequest.Refused.class,
            refused -> assertThat(refused.error()).isInstanceOf(ApiError.BadRequest.class));
    assertThat(request.isProbe()).isFalse();
    assertThat(request.access(USER))
        .isInstanceOfSatisfying(
            AccessRequest.NonResource.class, r -> assertThat(r.path()).startsWith("malformed:"));
  }

  @Test
  void route_tooLongOrTooManyParameters_isBadRequest() {
    assertBadRequest("/" + "a".repeat(RequestTarget.MAX_LENGTH));
    assertBadRequest("/livez?" + "a=b&".repeat(QueryParameters.MAX_PARAMETERS + 1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "pods | pods | ''",
        "pod | pods | ''",
        "service | services | ''",
        "deployments.apps | deployments | apps",
        "deployment.apps | deployments | apps",
        "deployments | deployments | apps",
        "ingresses.networking.k8s.io | ingresses | networking.k8s.io",
        "queues.example.com | queues | example.com",
        "things | things | ''",
      })
  void route_objectOfKind_isNormalised(String segment, String resource, String group) {
    assertThat(custom(CM + "/namespaces/shop/" + segment + "/x/m", RouteOptions.DEFAULT))
        .satisfies(query -> {
          assertThat(query.resource()).isEqualTo(new GroupResource(group, resource));
          assertThat(query.namespace()).isEqualTo("shop");
          assertThat(query.name()).isEqualTo("x");
          assertThat(query.metric()).isEqualTo("m");
        });
  }

  @Test
  void route_allPods_hasBothSelectors() {
    CustomQuery query =
        custom(
            CM
                + "/namespaces/NS/pods/%2A/a%7Cb?labelSelector=app%3Dshop%2Ctier+in+%28a%2Cb%29"
                + "&metricLabelSelector=verb%3DGET&labelSelector=ignored",
            RouteOptions.DEFAULT);

    assertThat(query.isForAll()).isTrue();
    assertThat(query.metric()).isEqualTo("a|b");
    assertThat(query.objectSelector()).hasToString("app=shop,tier in (a,b)");
    assertThat(query.metricSelector()).hasToString("verb=GET");
  }

  @Test
  void route_oneObject_ignoresObjectSelectorAsUpstream() {
    CustomQuery query =
        custom(CM + "/namespaces/NS/pods/p/m?labelSelector=app%3Dshop", RouteOptions.DEFAULT);

    assertThat(query.objectSelector().isEverything()).isTrue();
  }

  @Test
  void route_metricOfNamespace_isRewritten() {
    CustomQuery query = custom(CM + "/namespaces/shop/metrics/m", RouteOptions.DEFAULT);

    assertThat(query.resource()).hasToString("namespaces");
    assertThat(query.namespace()).isEmpty();
    assertThat(query.name()).isEqualTo("shop");
  }

  @Test
  void route_nodeInNamespace_isServedOnlyWhenSwitchedOn() {
    String target = CM + "/namespaces/shop/nodes/n1/m";

    assertThat(route("GET", target, JSON)).isEqualTo(refused(new ApiError.NoSuchPath()));
    assertThat(custom(target, new RouteOptions(true)).namespace()).isEqualTo("shop");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/blah",
        "/",
        "/api",
        "/metrics/x",
        "/version/x",
        "/openapi",
        "/openapi/v3/apis/apps/v1",
        "/livez/a/b",
        "/apis/apps",
        "/apis/apps/v1/deployments",
        CM + "/blah",
        CM + "/nodes/foo",
        CM + "/pods/x/m",
        CM + "/pods/*/m",
        CM + "/namespaces/ns/pods/bar",
        CM + "/namespaces/ns/pods/a/b/c",
        CM + "/namespaces/ns/persistentvolumes/a/b",
        CM + "/watch/x/m",
        CM + "/proxy/x/m",
        CM + "/watch/namespaces/ns/pods/p/m",
        EM + "/nonexistent-metric",
        EM + "/namespaces/foo",
        EM + "/namespaces/foo/group/metric",
        EM + "/namespaces/foo/status",
        EM + "/namespaces/foo/finalize",
        "/apis/custom.metrics.k8s.io/v1/nodes/n/m",
      })
  void route_noSuchPath_isNotFoundWithAnyMethod(String target) {
    assertThat(route("GET", target, JSON)).isEqualTo(refused(new ApiError.NoSuchPath()));
    assertThat(route("POST", target, JSON)).isEqualTo(refused(new ApiError.NoSuchPath()));
  }

  @Test
  void route_longNames_areNotFound() {
    String name = "a".repeat(254);

    assertThat(route("GET", EM + "/namespaces/ns/" + name, JSON))
        .isEqualTo(refused(new ApiError.NoSuchPath()));
    assertThat(route("GET", CM + "/namespaces/ns/pods/x/" + name, JSON))
        .isEqualTo(refused(new ApiError.NoSuchPath()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/namespaces/ns/m",
        "/namespaces/ns/pods/*/m?labelSelector=x%3D%3D%3D",
        "/namespaces/ns/pods/x/m?labelSelector=,",
        "/namespaces/ns/pods/*/m?metricLabelSelector=x%20in",
        "/namespaces/ns/pods/*/m?fieldSelector=spec.x%3D1",
        "/namespaces/ns/pods/x/m?fieldSelector=metadata.name%3Dy",
        "/namespaces/ns/pods/x/m?limit=a",
        "/namespaces/ns/pods/x/m?timeoutSeconds=1.5",
        "/namespaces/ns/pods/x/m?timeout=5",
        "/namespaces/ns/pods/x/m?timeout=soon",
      })
  void route_brokenParameter_isBadRequest(String target) {
    assertBadRequest(CM + target);
  }

  @Test
  void route_harmlessParameters_areIgnored() {
    String target =
        CM
            + "/namespaces/ns/pods/x/m?limit=500&continue=x&resourceVersion=7&timeoutSeconds=3"
            + "&includeObject=None&fieldSelector=metadata.name%3Dx&watch=false&timeout=32s";

    assertThat(custom(target, RouteOptions.DEFAULT).name()).isEqualTo("x");
  }

  @ParameterizedTest
  @CsvSource({
    "'', PT1M",
    "timeout=5s, PT5S",
    "timeout=1m30s, PT1M",
    "timeout=1.5s, PT1.5S",
    "timeout=300ms, PT0.3S",
    "timeout=0, PT1M",
    "timeout=0s, PT1M",
    "timeout=x, PT1M",
    "timeout=999999999h999999999h, PT1M",
  })
  void timeout_parameter_boundsTheRequest(String query, Duration expected) {
    assertThat(ParsedRequest.of("GET", "/apis?" + query).timeout()).isEqualTo(expected);
  }

  @Test
  void route_watch_isNotAllowedOnEitherApi() {
    assertThat(route("GET", EM + "/namespaces/ns/m?watch=true", JSON))
        .isEqualTo(
            refused(
                new ApiError.MethodNotAllowed(
                    "watch is not supported on resources of kind"
                        + " \"*.external.metrics.k8s.io\"")));
    assertThat(route("GET", CM + "/nodes/*/m?watch", JSON))
        .isEqualTo(
            refused(
                new ApiError.MethodNotAllowed(
                    "watch is not supported on resources of kind"
                        + " \"nodes.custom.metrics.k8s.io\"")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/livez", "/apis", "/apis/custom.metrics.k8s.io", CM, EM + "/namespaces/n/m"})
  void route_otherMethod_isNotAllowed(String target) {
    assertThat(route("POST", target, JSON))
        .isInstanceOfSatisfying(
            MetricsRequest.Refused.class,
            refused -> assertThat(refused.error()).isInstanceOf(ApiError.MethodNotAllowed.class));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/apis", "/version", "/openapi/v2", CM, CM + "/nodes/*/m"})
  void route_nothingAcceptable_isNotAcceptable(String target) {
    Negotiation protobuf = Negotiation.of("application/vnd.kubernetes.protobuf", "");

    assertThat(route("GET", target, protobuf)).isEqualTo(refused(new ApiError.NotAcceptable()));
  }

  @Test
  void route_health_hasItsOptions() {
    assertThat(route("GET", "/readyz/ping?verbose&exclude=a,b", JSON))
        .isEqualTo(new MetricsRequest.Health("readyz", "ping", true, Set.of("a", "b")));
  }

  @Test
  void route_pretty_isByQueryThenByHeaders() {
    Negotiation curl = Negotiation.of("*/*", "curl/8");

    assertThat(route("GET", "/version", curl)).isEqualTo(new MetricsRequest.Version(true));
    assertThat(route("GET", "/version?pretty=false", curl))
        .isEqualTo(new MetricsRequest.Version(false));
    assertThat(route("GET", "/version?pretty=1", JSON)).isEqualTo(new MetricsRequest.Version(true));
  }

  @Test
  void group_ofOthers_isNotCounted() {
    assertThat(ParsedRequest.of("GET", CM + "/nodes/*/m").group())
        .isEqualTo("custom.metrics.k8s.io");
    assertThat(ParsedRequest.of("GET", "/apis/evil/v1/x/y").group()).isEmpty();
    assertThat(ParsedRequest.of("GET", "/readyz").path()).isEqualTo("/readyz");
  }

  private static void assertBadRequest(String target) {
    assertThat(route("GET", target, JSON))
        .isInstanceOfSatisfying(
            MetricsRequest.Refused.class,
            refused -> assertThat(refused.error()).isInstanceOf(ApiError.BadRequest.class));
  }

  private static MetricsRequest route(String method, String target, Negotiation negotiation) {
    return ParsedRequest.of(method, target).route(negotiation, RouteOptions.DEFAULT);
  }

  private static CustomQuery custom(String target, RouteOptions options) {
    MetricsRequest request = ParsedRequest.of("GET", target).route(JSON, options);
    assertThat(request).isInstanceOf(MetricsRequest.Custom.class);
    return ((MetricsRequest.Custom) request).query();
  }

  private static MetricsRequest refused(ApiError error) {
    return new MetricsRequest.Refused(error);
  }
}
