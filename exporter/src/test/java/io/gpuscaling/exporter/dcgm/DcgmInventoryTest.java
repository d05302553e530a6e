package io.gpuscaling.exporter.dcgm;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.UnknownReason;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class DcgmInventoryTest {

  private static final double MIB = 1024 * 1024;
  private static final SampleValue GONE = SampleValue.unknown(UnknownReason.NOT_REPORTED);
  private static final String GPU_A =
      """
      DCGM_FI_DEV_POWER_USAGE{gpu="0",UUID="A",modelName="L4"} 70
      DCGM_FI_DEV_GPU_TEMP{gpu="0",UUID="A",modelName="L4"} 40
      DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="A",modelName="L4"} 50
      """;
  private static final String GPU_B = "DCGM_FI_DEV_POWER_USAGE{gpu=\"1\",UUID=\"B\"} 30\n";

  private final DcgmInventory inventory = new DcgmInventory();
  private DeviceHolders holders = DeviceHolders.UNKNOWN;
  private long now;

  private static DcgmPage page(String text) {
    var reading =
        new DcgmPageReader(DcgmFieldTable.builtIn())
            .read(text.getBytes(StandardCharsets.UTF_8), null);
    return ((DcgmReading.Understood) reading).page();
  }

  private Map<String, SampleValue> observe(String text) {
    now += 15_000_000_000L;
    var values = new TreeMap<String, SampleValue>();
    for (Sample sample : inventory.observe(page(text), holders, now)) {
      assertThat(sample.observedAtNanos()).isEqualTo(now);
      assertThat(values.put(sample.series().toString(), sample.value())).isNull();
    }
    return values;
  }

  private static Map<String, SampleValue> without(Map<String, SampleValue> values, String metric) {
    var rest = new TreeMap<>(values);
    rest.keySet().removeIf(series -> series.startsWith(metric));
    return rest;
  }

  private static SampleValue exact(double value) {
    return SampleValue.exact(value);
  }

  @Test
  void wholeGpu_givesAllSeries() {
    assertThat(
            without(
                observe(
                    GPU_A
                        + """
                        DCGM_FI_DEV_FB_USED{gpu="0",UUID="A",modelName="L4",namespace="n",pod="p"} 1
                        DCGM_FI_DEV_FB_FREE{gpu="0",UUID="A",modelName="L4",namespace="n",pod="p"} 3
                        """),
                "gpu_healthy"))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "gpu_count{gpu=\"0\",model=\"L4\",uuid=\"A\"}",
                exact(1),
                "gpu_power_watts{gpu=\"0\",model=\"L4\",uuid=\"A\"}",
                exact(70),
                "gpu_temperature_celsius{gpu=\"0\",model=\"L4\",uuid=\"A\"}",
                exact(40),
                "gpu_utilization_ratio{attribution=\"exclusive\",gpu=\"0\",model=\"L4\",source=\"gpu_util\",uuid=\"A\"}",
                exact(0.5),
                "gpu_vram_used_bytes{attribution=\"exclusive\",gpu=\"0\",model=\"L4\",namespace=\"n\",pod=\"p\",uuid=\"A\"}",
                exact(MIB),
                "gpu_vram_free_bytes{attribution=\"exclusive\",gpu=\"0\",model=\"L4\",namespace=\"n\",pod=\"p\",uuid=\"A\"}",
                exact(3 * MIB),
                "gpu_vram_total_bytes{attribution=\"exclusive\",gpu=\"0\",model=\"L4\",namespace=\"n\",pod=\"p\",uuid=\"A\"}",
                new SampleValue.Known(4 * MIB, Exactness.LOWER_BOUND),
                "gpu_vram_used_ratio{attribution=\"exclusive\",gpu=\"0\",model=\"L4\",uuid=\"A\"}",
                new SampleValue.Known(0.25, Exactness.UPPER_BOUND)));
  }

  @Test
  void instances_shareOneGpuItsPowerAndItsTemperature() {
    String instance =
        """
        DCGM_FI_DEV_POWER_USAGE{gpu="0",UUID="A",GPU_I_ID="%1$s",GPU_I_PROFILE="2g.20gb"} 7%1$s
        DCGM_FI_DEV_GPU_TEMP{gpu="0",UUID="A",GPU_I_ID="%1$s",GPU_I_PROFILE="2g.20gb"} 33
        DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu="0",UUID="A",GPU_I_ID="%1$s",GPU_I_PROFILE="2g.20gb"} 0.5
        """;

    assertThat(without(observe(instance.formatted("3") + instance.formatted("5")), "gpu_healthy"))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "gpu_count{gpu=\"0\",uuid=\"A\"}",
                exact(1),
                "gpu_power_watts{gpu=\"0\",uuid=\"A\"}",
                exact(73),
                "gpu_temperature_celsius{gpu=\"0\",uuid=\"A\"}",
                exact(33),
                "gpu_utilization_ratio{attribution=\"mig\",gpu=\"0\",gpu_instance=\"3\",mig_profile=\"2g.20gb\",source=\"gr_engine_active\",uuid=\"A\"}",
                exact(0.5),
                "gpu_utilization_ratio{attribution=\"mig\",gpu=\"0\",gpu_instance=\"5\",mig_profile=\"2g.20gb\",source=\"gr_engine_active\",uuid=\"A\"}",
                exact(0.5)));
  }

  @Test
  void memoryOfGpuAndInstances_isNotCountedTwice() {
    var values =
        observe(
            """
            DCGM_FI_DEV_FB_USED{UUID="A"} 12
            DCGM_FI_DEV_FB_FREE{UUID="A"} 68
            DCGM_FI_DEV_FB_USED{UUID="A",GPU_I_ID="3"} 10
            DCGM_FI_DEV_FB_FREE{UUID="A",GPU_I_ID="3"} 30
            """);

    assertThat(values)
        .containsEntry(
            "gpu_vram_used_bytes{attribution=\"mig\",gpu_instance=\"3\",uuid=\"A\"}",
            exact(10 * MIB))
        .doesNotContainKey("gpu_vram_used_bytes{attribution=\"unknown\",uuid=\"A\"}")
        .containsKey("gpu_vram_used_ratio{attribution=\"unknown\",uuid=\"A\"}");
  }

  @Test
  void lostGpu_isUnknownNotOneLess_untilForgotten() {
    observe(GPU_A + GPU_B);

    assertThat(observe(GPU_A))
        .containsEntry("gpu_count{gpu=\"1\",uuid=\"B\"}", GONE)
        .containsEntry("gpu_power_watts{gpu=\"1\",uuid=\"B\"}", GONE)
        .containsEntry("gpu_count{gpu=\"0\",model=\"L4\",uuid=\"A\"}", exact(1));
    now += DcgmInventory.FORGET_AFTER.toNanos() - 31_000_000_000L;
    assertThat(observe(GPU_A)).containsEntry("gpu_count{gpu=\"1\",uuid=\"B\"}", GONE);
    assertThat(observe(GPU_A)).doesNotContainKey("gpu_count{gpu=\"1\",uuid=\"B\"}");
  }

  @Test
  void lostGpu_thatComesBack_isKnownAgain() {
    observe(GPU_A + GPU_B);
    observe(GPU_A);

    assertThat(observe(GPU_A + GPU_B))
        .containsEntry("gpu_count{gpu=\"1\",uuid=\"B\"}", exact(1))
        .doesNotContainValue(GONE);
  }

  @Test
  void valueThatIsNotReportedAnyMore_isUnknown() {
    observe(GPU_A);

    assertThat(observe("DCGM_FI_DEV_XID_ERRORS{gpu=\"0\",UUID=\"A\",modelName=\"L4\"} 79\n"))
        .containsEntry("gpu_count{gpu=\"0\",model=\"L4\",uuid=\"A\"}", exact(1))
        .containsEntry("gpu_power_watts{gpu=\"0\",model=\"L4\",uuid=\"A\"}", GONE)
        .containsEntry(
            "gpu_utilization_ratio{attribution=\"unknown\",gpu=\"0\",model=\"L4\",source=\"gpu_util\",uuid=\"A\"}",
            GONE);
  }

  @Test
  void podThatHasGone_leavesNoSeries() {
    observe("DCGM_FI_DEV_FB_USED{UUID=\"A\",namespace=\"n\",pod=\"p\"} 1\n");

    assertThat(without(observe("DCGM_FI_DEV_FB_USED{UUID=\"A\"} 1\n"), "gpu_healthy"))
        .containsOnlyKeys(
            "gpu_count{uuid=\"A\"}", "gpu_vram_used_bytes{attribution=\"unknown\",uuid=\"A\"}");
  }

  @Test
  void gpuDividedAnew_leavesNoOldParts() {
    observe(GPU_A);

    assertThat(observe("DCGM_FI_PROF_GR_ENGINE_ACTIVE{UUID=\"A\",GPU_I_ID=\"3\"} 0.5\n"))
        .containsKey(
            "gpu_utilization_ratio{attribution=\"mig\",gpu_instance=\"3\",source=\"gr_engine_active\",uuid=\"A\"}")
        .doesNotContainKey(
            "gpu_utilization_ratio{attribution=\"unknown\",gpu=\"0\",model=\"L4\",source=\"gpu_util\",uuid=\"A\"}");
  }

  @Test
  void otherNode_forgetsAtOnce() {
    observe(GPU_A);

    assertThat(without(observe(GPU_B), "gpu_healthy"))
        .containsOnlyKeys(
            "gpu_count{gpu=\"1\",uuid=\"B\"}", "gpu_power_watts{gpu=\"1\",uuid=\"B\"}");
  }

  @Test
  void manyGpusThatComeAndGo_areBounded() {
    for (int round = 0; round < 20; round++) {
      int from = round * 400;
      String page =
          GPU_A
              + IntStream.range(from, from + 400)
                  .mapToObj(i -> "DCGM_FI_DEV_POWER_USAGE{UUID=\"G" + i + "\"} 1\n")
                  .collect(Collectors.joining());
      observe(page);
    }

    assertThat(inventory.remembered()).isLessThanOrEqualTo(DcgmInventory.MAX_REMEMBERED);
  }

  private static String health(Map<String, SampleValue> values, String uuid) {
    return values.entrySet().stream()
        .filter(e -> e.getKey().startsWith("gpu_healthy"))
        .filter(e -> e.getKey().contains("uuid=\"" + uuid + "\""))
        .map(e -> e.getKey().replaceAll(".*reason=\"([^\"]*)\".*", "$1") + " " + e.getValue())
        .collect(Collectors.joining(","));
  }

  @Test
  void health_isOkNotCollectedOrWhatSpeaksAgainstIt() {
    var values =
        observe(
            """
            DCGM_FI_DEV_XID_ERRORS{UUID="A"} 0
            DCGM_FI_DEV_FB_USED{UUID="B"} 5
            DCGM_FI_DEV_XID_ERRORS{UUID="C"} 79
            DCGM_FI_DEV_XID_ERRORS{UUID="D"} 43
            DCGM_FI_DEV_ECC_DBE_VOL_TOTAL{UUID="E"} 1
            DCGM_FI_DEV_ROW_REMAP_FAILURE{UUID="F"} 1
            DCGM_EXP_GPU_HEALTH_STATUS{UUID="G",health_watch="ALL"} 20
            DCGM_EXP_GPU_HEALTH_STATUS{UUID="H",health_watch="ALL"} 10
            DCGM_EXP_XID_ERRORS_TOTAL{UUID="I",xid="48"} 1
            """);

    assertThat(health(values, "A")).isEqualTo("ok " + exact(1));
    assertThat(health(values, "B"))
        .isEqualTo("not_collected " + new SampleValue.Known(1, Exactness.UPPER_BOUND));
    assertThat(health(values, "C")).isEqualTo("xid_79 " + exact(0));
    assertThat(health(values, "D")).isEqualTo("ok " + exact(1));
    assertThat(health(values, "E")).isEqualTo("double_bit_error " + exact(0));
    assertThat(health(values, "F")).isEqualTo("row_remap_failed " + exact(0));
    assertThat(health(values, "G")).isEqualTo("dcgm_health " + exact(0));
    assertThat(health(values, "H")).isEqualTo("warning " + exact(1));
    assertThat(health(values, "I")).isEqualTo("xid_48 " + exact(0));
  }

  @Test
  void lostGpu_isUnknownForTwoPages_thenLostForADay() {
    observe(GPU_A + GPU_B);

    assertThat(health(observe(GPU_A), "B")).isEqualTo("not_collected " + GONE);
    assertThat(health(observe(GPU_A), "B")).isEqualTo("not_collected " + GONE);
    assertThat(health(observe(GPU_A), "B")).isEqualTo("lost " + exact(0));
    now += DcgmInventory.FORGET_AFTER.toNanos();
    var later = observe(GPU_A);
    assertThat(later).doesNotContainKey("gpu_count{gpu=\"1\",uuid=\"B\"}");
    assertThat(health(later, "B")).isEqualTo("lost " + exact(0));
    assertThat(health(observe(GPU_A + GPU_B), "B")).startsWith("not_collected Known");
    now += DcgmInventory.LOST_FOR.toNanos();
    observe(GPU_A);
    assertThat(health(observe(GPU_A), "B")).isEmpty();
  }

  @Test
  void attribution_isOfThePageThenOfTheKubelet() {
    String used = "DCGM_FI_DEV_FB_USED{UUID=\"%s\",device=\"nvidia%s\"%s} 1\n";
    var p = new PodRef("n", "p", null);
    var q = new PodRef("n", "q", null);
    holders =
        new DeviceHolders(
            Map.of(
                "B", new DeviceHolders.Holders(List.of(p), false),
                "nvidia3", new DeviceHolders.Holders(List.of(q, q), false),
                "E", new DeviceHolders.Holders(List.of(p), true),
                "F/7", new DeviceHolders.Holders(List.of(q), false),
                "G", new DeviceHolders.Holders(List.of(p, q), false)),
            true);
    var keys =
        observe(
                used.formatted("A", "0", ",pod=\"x\",namespace=\"m\"")
                    + used.formatted("B", "1", "")
                    + used.formatted("C", "2", "")
                    + used.formatted("D", "3", "")
                    + used.formatted("E", "4", "")
                    + used.formatted("F", "5", ",GPU_I_ID=\"7\"")
                    + used.formatted("G", "6", "")
                    + used.formatted("H", "7", ",pod=\"x\",vgpu=\"0\""))
            .keySet();

    assertThat(keys)
        .contains(
            "gpu_vram_used_bytes{attribution=\"exclusive\",namespace=\"m\",pod=\"x\",uuid=\"A\"}",
            "gpu_vram_used_bytes{attribution=\"exclusive\",namespace=\"n\",pod=\"p\",uuid=\"B\"}",
            "gpu_vram_used_bytes{attribution=\"free\",uuid=\"C\"}",
            "gpu_vram_used_bytes{attribution=\"exclusive\",namespace=\"n\",pod=\"q\",uuid=\"D\"}",
            "gpu_vram_used_bytes{attribution=\"time_sliced\",uuid=\"E\"}",
            "gpu_vram_used_bytes{attribution=\"mig\",gpu_instance=\"7\",namespace=\"n\",pod=\"q\",uuid=\"F\"}",
            "gpu_vram_used_bytes{attribution=\"time_sliced\",uuid=\"G\"}",
            "gpu_vram_used_bytes{attribution=\"time_sliced\",uuid=\"H\"}");
  }
}
