package io.gpuscaling.exporter.dcgm;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.exporter.dcgm.DcgmLocator.Location;
import io.gpuscaling.exporter.dcgm.HostGate.Verdict;
import java.net.URI;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HostGateTest {

  private static final Location.At HERE = at("http://127.0.0.1:9400/metrics");
  private static final Location.At SOMEWHERE =
      at("http://nvidia-dcgm-exporter.gpu-operator.svc:9400/metrics");

  private static Location.At at(String url) {
    return (Location.At) DcgmLocator.fixed(URI.create(url)).locate();
  }

  private static HostGate gate(String... expected) {
    return new HostGate("node-1", Set.of(expected));
  }

  @ParameterizedTest
  @CsvSource({
    "node-1, OWN",
    "NODE-1, OWN",
    "node-1.example.com, OWN",
    "node-10, FOREIGN",
    "node-1x.example.com, FOREIGN",
    "node-2, FOREIGN",
    "node, FOREIGN",
    "dcgm-exporter-abcde, FOREIGN",
  })
  void service_onlyTheNodesOwnNameCounts(String hostname, Verdict verdict) {
    assertThat(gate().judge(Set.of(hostname), SOMEWHERE)).isEqualTo(verdict);
  }

  @Test
  void domainOfTheNode_isNotItsOwnOther() {
    var gate = new HostGate("node-1.example.com", Set.of());

    assertThat(gate.judge(Set.of("node-1"), SOMEWHERE)).isEqualTo(Verdict.OWN);
    assertThat(gate.judge(Set.of("node-1.example"), SOMEWHERE)).isEqualTo(Verdict.FOREIGN);
  }

  @Test
  void ownAddress_anotherNameNeedsProof_untilTheOwnIsSeen() {
    HostGate gate = gate();

    assertThat(gate.judge(Set.of("c0ffee"), HERE)).isEqualTo(Verdict.UNPROVEN);
    gate.accept("c0ffee");
    assertThat(gate.judge(Set.of("c0ffee"), HERE)).isEqualTo(Verdict.OWN);
    assertThat(gate.judge(Set.of("decaf"), HERE)).isEqualTo(Verdict.UNPROVEN);
    assertThat(gate.judge(Set.of("node-1"), HERE)).isEqualTo(Verdict.OWN);
    assertThat(gate.judge(Set.of("c0ffee"), HERE)).isEqualTo(Verdict.FOREIGN);
  }

  @Test
  void nothingToCompare_passes() {
    assertThat(gate().judge(Set.of(), SOMEWHERE)).isEqualTo(Verdict.OWN);
    assertThat(gate("*").judge(Set.of("node-2"), SOMEWHERE)).isEqualTo(Verdict.OWN);
    assertThat(gate("gpu-a").judge(Set.of("gpu-a"), SOMEWHERE)).isEqualTo(Verdict.OWN);
    assertThat(new HostGate("", Set.of()).judge(Set.of("x"), SOMEWHERE)).isEqualTo(Verdict.OWN);
  }

  @Test
  void pageOfSeveralHosts_isNobodys() {
    assertThat(gate().judge(Set.of("node-1", "node-2"), HERE)).isEqualTo(Verdict.FOREIGN);
  }

  @Test
  void podThatWasFound_mayCallItselfByItsName() {
    var found = new Location.At(URI.create("http://10.0.0.1:9400/metrics"), Set.of("dcgm-x"), true);

    assertThat(gate().judge(Set.of("dcgm-x"), found)).isEqualTo(Verdict.OWN);
  }

  @ParameterizedTest
  @CsvSource({
    "http://127.0.0.1:1/metrics, true",
    "http://127.8.8.8:1/metrics, true",
    "http://[::1]:1/metrics, true",
    "http://localhost:1/metrics, true",
    "http://10.0.0.1:1/metrics, false",
    "http://localhost.example.com:1/metrics, false",
    "http://[fd00::1]:1/metrics, false",
  })
  void loopback_isThisNode(String url, boolean own) {
    assertThat(at(url).ownNode()).isEqualTo(own);
  }
}
