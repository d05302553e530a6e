package io.gpuscaling.exporter.dcgm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Events of XID errors, and pages that stand still. */
final class XidWatchTest {

  private final XidWatch watch = new XidWatch();

  private static DcgmPage page(String text) {
    return ((DcgmReading.Understood)
            new DcgmPageReader(DcgmFieldTable.builtIn())
                .read(text.getBytes(StandardCharsets.UTF_8), null))
        .page();
  }

  private List<XidWatch.Event> gauge(String xid) {
    String row = xid.isEmpty() ? "" : "DCGM_FI_DEV_XID_ERRORS{UUID=\"A\"} " + xid + "\n";
    return watch.observe(page("DCGM_FI_DEV_GPU_TEMP{UUID=\"A\"} 30\n" + row));
  }

  private List<XidWatch.Event> total(String rows) {
    return watch.observe(page("DCGM_FI_DEV_XID_ERRORS{UUID=\"A\"} 31\n" + rows));
  }

  @Test
  void change_isOneEvent_andWhatWasThereBeforeIsNone() {
    assertThat(gauge("43")).isEmpty();
    assertThat(gauge("43")).isEmpty();
    assertThat(gauge("79")).containsExactly(new XidWatch.Event("A", 79, 1));
    assertThat(gauge("79")).isEmpty();
    assertThat(gauge("0")).isEmpty();
  }

  @Test
  void absentUntilTheFirst_isAnEventThen() {
    assertThat(gauge("")).isEmpty();
    assertThat(gauge("31")).containsExactly(new XidWatch.Event("A", 31, 1));
  }

  @Test
  void totals_countIncreasesAndBeginnings_inPlaceOfTheGauge() {
    String xid = "DCGM_EXP_XID_ERRORS_TOTAL{UUID=\"A\",xid=\"%s\"} %s\n";
    assertThat(total(xid.formatted("31", "5"))).isEmpty();
    assertThat(total(xid.formatted("31", "7"))).containsExactly(new XidWatch.Event("A", 31, 2));
    assertThat(total(xid.formatted("31", "7") + xid.formatted("48", "1")))
        .containsExactly(new XidWatch.Event("A", 48, 1));
    // The exporter was restarted.
    assertThat(total(xid.formatted("31", "1"))).containsExactly(new XidWatch.Event("A", 31, 1));
  }

  @Test
  void instancesOfAGpu_giveOneEvent() {
    String rows =
        """
        DCGM_FI_DEV_XID_ERRORS{UUID="A",GPU_I_ID="1"} %1$s
        DCGM_FI_DEV_XID_ERRORS{UUID="A",GPU_I_ID="2"} %1$s
        """;
    watch.observe(page(rows.formatted("0")));

    assertThat(watch.observe(page(rows.formatted("94"))))
        .containsExactly(new XidWatch.Event("A", 94, 1));
  }

  @Test
  void energyThatStandsStillUnderPower_isFrozen() {
    var energy = new EnergyWatch(Duration.ofMinutes(10));
    String rows =
        """
        DCGM_FI_DEV_POWER_USAGE{UUID="A"} %s
        DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{UUID="A"} %s
        """;
    long minute = Duration.ofMinutes(1).toNanos();

    assertThat(energy.isFrozen(page(rows.formatted("16", "5")), 0)).isFalse();
    assertThat(energy.isFrozen(page(rows.formatted("17", "5")), 10 * minute)).isFalse();
    assertThat(energy.isFrozen(page(rows.formatted("17", "5")), 10 * minute + 1)).isTrue();
    assertThat(energy.movedAtNanos()).isZero();
    assertThat(energy.isFrozen(page(rows.formatted("17", "6")), 11 * minute)).isFalse();
    // Without power, or without energy, nothing is proven.
    assertThat(energy.isFrozen(page(rows.formatted("0", "6")), 99 * minute)).isFalse();
    assertThat(energy.isFrozen(page("DCGM_FI_DEV_POWER_USAGE{UUID=\"A\"} 9\n"), 200 * minute))
        .isFalse();
    assertThat(energy.isFrozen(page("DCGM_FI_DEV_POWER_USAGE{UUID=\"A\"} 9\n"), 300 * minute))
        .isFalse();
    assertThat(new EnergyWatch(Duration.ZERO).isFrozen(page(rows.formatted("9", "1")), 0))
        .isFalse();
  }
}
