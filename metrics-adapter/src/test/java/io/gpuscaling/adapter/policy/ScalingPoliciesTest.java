package io.gpuscaling.adapter.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.adapter.api.CustomQuery;
import io.gpuscaling.adapter.api.ExternalQuery;
import io.gpuscaling.adapter.api.GroupResource;
import io.gpuscaling.adapter.api.selector.LabelSelector;
import io.gpuscaling.adapter.leader.Leadership;
import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.adapter.metrics.DesiredReplicas;
import io.gpuscaling.policy.spec.ScaleTarget;
import io.prometheus.client.CollectorRegistry;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ScalingPoliciesTest {

  @Test
  void started_looksAgainAndAgain_untilClosed() {
    var world = new PolicyWorld();
    var served = new ServedPolicies(System::nanoTime);
    var policies =
        new ScalingPolicies(
            new ScalingPolicies.Ports(
                world,
                world,
                world,
                OutsideSources.NONE,
                Optional.empty(),
                Optional.empty(),
                () -> new ScaleToZero.Unknown("there is no cluster"),
                Optional.empty(),
                (_, _, _, _) -> {},
                Leadership.ALONE,
                PolicyWorld.LEASE),
            () -> ClusterSnapshot.UNREAD,
            world.follower().metrics,
            served,
            System::nanoTime,
            world::now,
            new CollectorRegistry());
    policies.start();
    await()
        .until(() ->
            served.number(PolicyWorld.WORKER) instanceof ServedNumber.None(String sentence)
                && sentence.contains("workloads"));
    policies.close();
  }

  @Test
  void switchedOff_saysWhichKey() {
    String off = "policies.enabled";
    assertThat(
            DesiredReplicas.SWITCHED_OFF
                .external(new ExternalQuery("ai", "m", LabelSelector.EVERYTHING))
                .toString())
        .contains(off);
    assertThat(
            DesiredReplicas.SWITCHED_OFF
                .custom(
                    new CustomQuery(
                        "ai",
                        new GroupResource("apps", "deployments"),
                        "worker",
                        "m",
                        LabelSelector.EVERYTHING,
                        LabelSelector.EVERYTHING))
                .toString())
        .contains(off);
  }

  @Test
  void autoscaler_isShownWithItsOwner_ifItHasOne() {
    var target = new ScaleTarget("apps/v1", "Deployment", "worker");
    assertThat(new Autoscaler("ai", "hpa", target, false, "").shown())
        .isEqualTo("HorizontalPodAutoscaler hpa");
    assertThat(new Autoscaler("ai", "hpa", target, false, "ScaledObject/s").shown())
        .isEqualTo("HorizontalPodAutoscaler hpa (of ScaledObject/s)");
  }
}
