package io.gpuscaling.exporter.dcgm;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * What is remembered from scrape to scrape does not grow, though values, pods, instances and GPUs
 * come and go. {@code -Dscrapes=100000} for the figure of the documentation.
 */
final class FlatMemoryTest {

  /** A quarter of them fill what may be remembered, then growth is measured. */
  private static final int SCRAPES = Integer.getInteger("scrapes", 10_000);

  private static final long ALLOWED_GROWTH_BYTES = 1 << 20;

  private final DcgmPageReader reader = new DcgmPageReader(DcgmFieldTable.builtIn());
  private final DcgmInventory inventory = new DcgmInventory();
  private final XidWatch xids = new XidWatch();
  private final EnergyWatch energy = new EnergyWatch(Duration.ofMinutes(10));

  private static byte[] page(int scrape) {
    var text = new StringBuilder();
    for (int gpu = 0; gpu < 8; gpu++) {
      // One GPU of eight is another one all the time, and pods come and go.
      String uuid = gpu == 7 ? "GPU-x" + scrape : "GPU-" + gpu;
      String labels =
          "{gpu=\""
              + gpu
              + "\",UUID=\""
              + uuid
              + "\",namespace=\"n\",pod=\"p"
              + scrape / 3
              + "\"} ";
      text.append("DCGM_FI_DEV_FB_USED").append(labels).append(scrape % 8_000).append('\n');
      text.append("DCGM_FI_DEV_FB_FREE").append(labels).append(9_000).append('\n');
      text.append("DCGM_FI_DEV_POWER_USAGE").append(labels).append("70\n");
      text.append("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION")
          .append(labels)
          .append(scrape)
          .append('\n');
      text.append("DCGM_FI_DEV_XID_ERRORS").append(labels).append(scrape % 100).append('\n');
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private void scrape(int number) {
    DcgmPage page = ((DcgmReading.Understood) reader.read(page(number), null)).page();
    long nowNanos = Duration.ofSeconds(15).toNanos() * number;
    xids.observe(page);
    energy.isFrozen(page, nowNanos);
    assertThat(inventory.observe(page, DeviceHolders.UNKNOWN, nowNanos)).isNotEmpty();
  }

  private static long usedBytes() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  @Test
  void manyScrapes_leaveNothingBehind() {
    int warm = SCRAPES / 4;
    for (int i = 0; i < warm; i++) {
      scrape(i);
    }
    long before = usedBytes();
    for (int i = warm; i < SCRAPES; i++) {
      scrape(i);
    }
    long growth = usedBytes() - before;

    assertThat(inventory.remembered()).isLessThanOrEqualTo(DcgmInventory.MAX_REMEMBERED);
    assertThat(growth).isLessThan(ALLOWED_GROWTH_BYTES);
  }
}
