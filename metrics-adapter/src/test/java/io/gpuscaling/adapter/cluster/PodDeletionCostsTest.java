package io.gpuscaling.adapter.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.DeletionOrder;
import org.junit.jupiter.api.Test;

class PodDeletionCostsTest {

  private static final PodBuilder POD =
      new PodBuilder().withNewMetadata().withNamespace("ai").withName("w").endMetadata();

  private static PodBuilder annotated(String key) {
    return new PodBuilder(POD.build()).editMetadata().addToAnnotations(key, "1").endMetadata();
  }

  @Test
  void cost_isMergedIntoTheAnnotations_andTakenBack() throws Exception {
    try (var kubernetes = new FakeKubernetes()) {
      kubernetes.code = 200;
      kubernetes.answer = Serialization.asJson(POD.build());
      var costs = new PodDeletionCosts(kubernetes.client);

      assertThat(costs.lower("ai", "w")).isEmpty();
      assertThat(kubernetes.requests)
          .last()
          .asString()
          .startsWith("/api/v1/namespaces/ai/pods/w ")
          .contains(
              "\"controller.kubernetes.io/pod-deletion-cost\":\"-1000\"",
              "\"gpuscaling.io/first-to-go\":\"true\"");
      assertThat(costs.clear("ai", "w")).isEmpty();
      assertThat(kubernetes.requests)
          .last()
          .asString()
          .contains("\"controller.kubernetes.io/pod-deletion-cost\":null");
    }
  }

  @Test
  void podThatHasGone_isNoFailure_andARefusalIsSaid() throws Exception {
    try (var kubernetes = new FakeKubernetes()) {
      var costs = new PodDeletionCosts(kubernetes.client);
      kubernetes.code = 404;
      kubernetes.answer = "{\"kind\":\"Status\",\"code\":404}";
      assertThat(costs.clear("ai", "w")).isEmpty();

      kubernetes.code = 403;
      kubernetes.answer = "{\"kind\":\"Status\",\"code\":403,\"message\":\"may not\"}";
      assertThat(costs.lower("ai", "w")).isPresent();
    }
  }

  @Test
  void clientIsClosed_isSaid() throws Exception {
    PodDeletionCosts costs;
    try (var kubernetes = new FakeKubernetes()) {
      costs = new PodDeletionCosts(kubernetes.client);
      kubernetes.client.close();
    }
    assertThat(costs.lower("ai", "w")).isPresent();
  }

  @Test
  void orderOfAPod_isReadFromItsAnnotations() {
    assertThat(ObjectFacts.of(POD.build()).order()).isEqualTo(DeletionOrder.NOT_SAID);
    assertThat(ObjectFacts.of(annotated(PodDeletionCosts.COST).build()).order())
        .isEqualTo(DeletionOrder.BY_OTHERS);
    assertThat(ObjectFacts.of(annotated(PodDeletionCosts.CHOSEN).build()).order())
        .isEqualTo(DeletionOrder.FIRST_BY_US);
  }
}
