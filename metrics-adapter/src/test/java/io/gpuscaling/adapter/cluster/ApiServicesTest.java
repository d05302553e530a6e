package io.gpuscaling.adapter.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.APIService;
import io.fabric8.kubernetes.api.model.APIServiceBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.gpuscaling.adapter.api.ApiVersion;
import io.gpuscaling.adapter.slot.ApiServiceChanges.Outcome;
import io.gpuscaling.adapter.slot.ApiServiceView;
import io.gpuscaling.adapter.slot.ApiServiceView.Availability;
import io.gpuscaling.adapter.slot.ServiceReference;
import io.gpuscaling.adapter.slot.SlotKeeper;
import io.gpuscaling.adapter.slot.SlotSettings;
import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ApiServicesTest {

  private static final ServiceReference OWN =
      new ServiceReference("gpuscaling", "metrics-adapter", 443);
  private static final ServiceReference OTHER = new ServiceReference("keda", "keda", 6443);
  private static final ApiServiceView SEEN =
      new ApiServiceView(Optional.of(OTHER), "", new Availability.NotSaid(), "41");
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static APIServiceBuilder apiService() {
    return new APIServiceBuilder()
        .withNewMetadata()
        .withName("v1beta1.external.metrics.k8s.io")
        .withUid("u")
        .withResourceVersion("41")
        .endMetadata();
  }

  private static ApiServices services(FakeKubernetes kubernetes) {
    return new ApiServices(
        kubernetes.client,
        "host".repeat(50),
        InstantSource.fixed(Instant.parse("2026-03-01T10:00:00Z")));
  }

  @Test
  void view_ofAWholeObject_hasServiceAuthoritiesAndCondition() {
    APIService service =
        apiService()
            .withNewSpec()
            .withCaBundle("Q0E=")
            .withNewService("keda", "keda", 6443)
            .endSpec()
            .withNewStatus()
            .addNewCondition(null, "no route", "FailedDiscoveryCheck", "False", "Available")
            .endStatus()
            .build();

    assertThat(ApiServices.view(service))
        .isEqualTo(
            new ApiServiceView(
                Optional.of(new ServiceReference("keda", "keda", 6443)),
                "CA",
                new Availability.Unavailable("FailedDiscoveryCheck", "no route"),
                "41"));
  }

  @Test
  void view_ofABareOrOddObject_isCautious() {
    assertThat(ApiServices.view(apiService().build()))
        .isEqualTo(new ApiServiceView(Optional.empty(), "", new Availability.NotSaid(), "41"));
    APIService odd =
        apiService()
            .withNewSpec()
            .withCaBundle("no base64!")
            .withNewService("a", "b", null)
            .endSpec()
            .withNewStatus()
            .addNewCondition(null, null, null, "True", "Available")
            .endStatus()
            .build();
    assertThat(ApiServices.view(odd))
        .isEqualTo(
            new ApiServiceView(
                Optional.of(new ServiceReference("b", "a", 443)),
                "",
                new Availability.Available(),
                "41"));
  }

  @Test
  void takeOver_changesServiceAndAuthoritiesOfTheStateThatWasSeen() throws Exception {
    try (var kubernetes = new FakeKubernetes()) {
      kubernetes.code = 200;
      kubernetes.answer = Serialization.asJson(apiService().build());

      assertThat(services(kubernetes).takeOver(ApiVersion.EXTERNAL_V1BETA1, SEEN, OWN, "CA"))
          .isEqualTo(new Outcome.Done());

      assertThat(kubernetes.requests)
          .last()
          .asString()
          .startsWith(
              "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io ")
          .contains("\"resourceVersion\":\"41\"", "\"caBundle\":\"Q0E=\"")
          .contains("\"insecureSkipTLSVerify\":false", "\"name\":\"metrics-adapter\"");
    }
  }

  @Test
  void takeOver_withoutAuthorities_leavesThemAlone() throws Exception {
    try (var kubernetes = new FakeKubernetes()) {
      kubernetes.code = 200;
      kubernetes.answer = Serialization.asJson(apiService().build());

      services(kubernetes).takeOver(ApiVersion.EXTERNAL_V1BETA1, SEEN, OWN, "");

      assertThat(kubernetes.requests)
          .last()
          .asString()
          .doesNotContain("caBundle", "insecureSkipTLSVerify");
    }
  }

  @Test
  void change_thatIsRefused_saysWhyInNoMoreThanACode() throws Exception {
    try (var kubernetes = new FakeKubernetes()) {
      kubernetes.code = 409;

      assertThat(services(kubernetes).putAuthorities(ApiVersion.EXTERNAL_V1BETA1, SEEN, "CA"))
          .isEqualTo(new Outcome.Failed("the cluster answered with code 409"));
      assertThat(services(kubernetes).tellOfOther(ApiVersion.EXTERNAL_V1BETA1, OWN, OTHER))
          .isEqualTo(new Outcome.Failed("the cluster answered with code 409"));
    }
  }

  @Test
  void tellOfOther_isAnEventAtOurOwnService() throws Exception {
    try (var kubernetes = new FakeKubernetes()) {
      kubernetes.answer = "{\"kind\":\"Event\",\"apiVersion\":\"events.k8s.io/v1\"}";

      assertThat(services(kubernetes).tellOfOther(ApiVersion.EXTERNAL_V1BETA1, OWN, OTHER))
          .isEqualTo(new Outcome.Done());

      assertThat(kubernetes.requests)
          .singleElement()
          .asString()
          .startsWith("/apis/events.k8s.io/v1/namespaces/gpuscaling/events ")
          .contains("leads to Service keda/keda", "\"eventTime\":\"2026-03-01T10:00:00.000000Z\"")
          .contains("\"type\":\"Warning\"", "\"kind\":\"Service\"");
    }
  }

  @Test
  void watch_tellsTheKeeperOfEachChange() throws Exception {
    var registry = new CollectorRegistry();
    try (var kubernetes = new FakeKubernetes();
        var keeper =
            new SlotKeeper(
                new SlotSettings(OWN, Set.of(ApiVersion.values()), false),
                services(kubernetes),
                registry);
        var watch = new ApiServiceWatch(kubernetes.client, keeper)) {
      kubernetes.setList("apiservices");
      watch.start();
      await().atMost(PATIENCE).until(keeper::hasSynced);
      assertThat(owned(registry, "nobody")).isEqualTo(4);

      var added = apiService().withNewSpec().withNewService("x", "y", 443).endSpec().build();
      kubernetes.sendByName("apiservices", "ADDED", added);
      await().atMost(PATIENCE).until(() -> owned(registry, "other") == 1);
      assertThat(owned(registry, "nobody")).isEqualTo(3);
      var ours =
          apiService()
              .withNewSpec()
              .withNewService("metrics-adapter", "gpuscaling", 443)
              .endSpec()
              .build();
      ours.getMetadata().setResourceVersion("42");
      kubernetes.sendByName("apiservices", "MODIFIED", ours);
      await().atMost(PATIENCE).until(() -> owned(registry, "ours") == 1);
      ours.getMetadata().setResourceVersion("43");
      kubernetes.sendByName("apiservices", "DELETED", ours);
      await().atMost(PATIENCE).until(() -> owned(registry, "nobody") == 4);
    }
  }

  /** Of how many APIServices it is the owner. */
  private static int owned(CollectorRegistry registry, String owner) {
    int count = 0;
    for (ApiVersion version : ApiVersion.values()) {
      Double value =
          registry.getSampleValue(
              "gpuscaling_apiservice_owner",
              new String[] {"apiservice", "owner"},
              new String[] {version.apiServiceName(), owner});
      count += value == null ? 0 : value.intValue();
    }
    return count;
  }
}
