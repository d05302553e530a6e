package io.gpuscaling.testkit.controlplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gpuscaling.testkit.junit.ControlPlaneExtension;
import io.gpuscaling.testkit.pki.ClientTls;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
@ExtendWith(ControlPlaneExtension.class)
class ReferenceAdapterIT {

  @TempDir Path folder;

  @Test
  void set_value_isReadByWhoMay(ControlPlane plane) {
    String path = "/nodes/n1/some-metric";
    try (var reference = ReferenceAdapter.start(plane, folder);
        var reader =
            new KubernetesApi(
                URI.create(reference.url()),
                ClientTls.trusting(
                    plane.authority(), plane.authority().issueClient("a", "system:masters")),
                Optional.empty());
        var anybody =
            new KubernetesApi(
                URI.create(reference.url()),
                ClientTls.trusting(plane.authority()),
                Optional.empty())) {
      reference.set(path, "1250m");

      String asked = "/apis/custom.metrics.k8s.io/v1beta2" + path;
      assertThat(reader.get(asked).orThrow().at("/items/0/value").asString()).isEqualTo("1250m");
      assertThat(anybody.get(asked).status()).isEqualTo(403);
      assertThat(reference.process().isAlive()).isTrue();
      assertThatThrownBy(() -> reference.set("/nodes/n1", "1"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("HTTP 404");
    }
  }
}
