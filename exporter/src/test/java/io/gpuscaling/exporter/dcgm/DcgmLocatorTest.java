package io.gpuscaling.exporter.dcgm;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.exporter.dcgm.DcgmLocator.Location;
import java.net.URI;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DcgmLocatorTest {

  @ParameterizedTest
  @CsvSource({
    "http://localhost:9400/metrics, true",
    "http://127.0.0.1:9400/metrics, true",
    "http://[::1]:9400/metrics, true",
    "http://10.0.0.9:9400/metrics, false",
    "http://dcgm-exporter.gpu-operator.svc:9400/metrics, false",
    "file:/metrics, false",
  })
  void fixed_isTheOwnNodesOnLoopbackAlone(URI url, boolean ownNode) {
    assertThat(DcgmLocator.fixed(url).locate()).isEqualTo(new Location.At(url, Set.of(), ownNode));
  }
}
