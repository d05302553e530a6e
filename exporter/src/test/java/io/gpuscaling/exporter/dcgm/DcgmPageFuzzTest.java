package io.gpuscaling.exporter.dcgm;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.testkit.fuzz.LimitedRun;
import java.util.HashSet;
import org.junit.jupiter.api.Test;

/** Any bytes as a page of dcgm-exporter: never a crash, an impossible value or a series twice. */
public class DcgmPageFuzzTest {

  private static final DcgmPageReader READER = new DcgmPageReader(DcgmFieldTable.builtIn());

  /** What {@code make fuzz} runs. */
  public static void fuzzerTestOneInput(byte[] data) {
    switch (READER.read(data, null)) {
      case DcgmReading.Refused(String reason, int line) -> {
        assertThat(reason).isNotBlank();
        assertThat(line).isNotNegative();
      }
      case DcgmReading.Understood(DcgmPage page) -> {
        for (DcgmDevice device : page.devices()) {
          device
              .values()
              .forEach((property, value) -> assertThat(property.isPossible(value)).isTrue());
        }
        var inventory = new DcgmInventory();
        var series = new HashSet<String>();
        for (var sample : inventory.observe(page, DeviceHolders.UNKNOWN, 1)) {
          assertThat(series.add(sample.series().toString())).isTrue();
          assertThat(sample.value()).isInstanceOf(SampleValue.Known.class);
        }
        assertThat(new XidWatch().observe(page)).isEmpty();
      }
    }
  }

  @FuzzTest(maxDuration = "10s")
  void page(byte[] data) {
    fuzzerTestOneInput(data);
  }

  @Test
  void limitedRun_findsNothing() {
    LimitedRun.of(DcgmPageFuzzTest::fuzzerTestOneInput, DcgmPageFuzzTest.class, "page");
  }
}
