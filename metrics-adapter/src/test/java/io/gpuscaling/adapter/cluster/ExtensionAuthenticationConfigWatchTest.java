package io.gpuscaling.adapter.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.adapter.auth.ClientTrust;
import io.gpuscaling.adapter.auth.CurrentTrust;
import java.time.Duration;
import java.util.HashMap;
import org.junit.jupiter.api.Test;

class ExtensionAuthenticationConfigWatchTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @Test
  void watch_eachChange_isAppliedAndTheLastGoodOneCounts() throws Exception {
    var trust = new CurrentTrust();
    try (var kubernetes = new FakeKubernetes();
        var watch = new ExtensionAuthenticationConfigWatch(kubernetes.client, trust)) {
      kubernetes.setMap(ExtensionAuthenticationConfigTest.data());
      watch.start();
      await().atMost(PATIENCE).until(trust::isKnown);
      ClientTrust first = trust.get();
      assertThat(first.frontProxy()).isNotNull();

      var broken = new HashMap<String, String>(ExtensionAuthenticationConfigTest.data());
      broken.put("client-ca-file", "garbage");
      kubernetes.send("MODIFIED", broken, 2);
      var next = new HashMap<String, String>(ExtensionAuthenticationConfigTest.data());
      next.put("requestheader-allowed-names", "[\"other\"]");
      kubernetes.send("MODIFIED", next, 3);
      await().atMost(PATIENCE).until(() -> !trust.get().equals(first));
      ClientTrust second = trust.get();
      assertThat(second.frontProxy())
          .isNotNull()
          .satisfies(proxy -> assertThat(proxy.allowedNames()).containsExactly("other"));

      kubernetes.send("DELETED", next, 4);
      next.put("requestheader-allowed-names", "[\"third\"]");
      kubernetes.send("ADDED", next, 5);
      await().atMost(PATIENCE).until(() -> !trust.get().equals(second));
      assertThat(trust.get().frontProxy()).isNotNull();
    }
  }

  @Test
  void watch_clusterNotThere_isNotKnownAndDoesNotThrow() throws Exception {
    var trust = new CurrentTrust();
    try (var kubernetes = new FakeKubernetes();
        var watch = new ExtensionAuthenticationConfigWatch(kubernetes.client, trust)) {
      kubernetes.stop();

      watch.start();

      assertThat(trust.isKnown()).isFalse();
    }
  }

  @Test
  void watch_mapWithoutData_trustsNobodyAndIsKnown() throws Exception {
    var trust = new CurrentTrust();
    try (var kubernetes = new FakeKubernetes()) {
      try (var idle = new ExtensionAuthenticationConfigWatch(kubernetes.client, trust)) {
        assertThat(idle).isNotNull(); // never begun: nothing to end
      }
      try (var watch = new ExtensionAuthenticationConfigWatch(kubernetes.client, trust)) {
        watch.start();

        await().atMost(PATIENCE).until(trust::isKnown);

        assertThat(trust.get()).isEqualTo(ClientTrust.NONE);
      }
    }
  }
}
