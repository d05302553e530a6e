package io.gpuscaling.exporter.dcgm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gpuscaling.core.metric.Exactness;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DcgmPageReaderTest {

  private static final double MIB = 1024 * 1024;
  private static final DcgmPageReader READER = new DcgmPageReader(DcgmFieldTable.builtIn());

  private static DcgmPage page(String text) {
    return page(text, null);
  }

  private static DcgmPage page(String text, @Nullable UtilizationUnit earlier) {
    DcgmReading reading = READER.read(text.getBytes(StandardCharsets.UTF_8), earlier);
    assertThat(reading).isInstanceOf(DcgmReading.Understood.class);
    return ((DcgmReading.Understood) reading).page();
  }

  private static DcgmDevice device(String text) {
    assertThat(page(text).devices()).hasSize(1);
    return page(text).devices().getFirst();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UUID=\"G\",pod=\"p\",namespace=\"n\",container=\"c\"",
        "uuid=\"G\",pod_name=\"p\",pod_namespace=\"n\",container_name=\"c\"",
        "UUID=\"G\",pod=\"dcgm-exporter-x\",namespace=\"gpu-operator\",container=\"x\","
            + "exported_pod=\"p\",exported_namespace=\"n\",exported_container=\"c\"",
      })
  void pod_inAnySpelling_isFound(String labels) {
    DcgmDevice device = device("DCGM_FI_DEV_FB_USED{" + labels + "} 5\n");

    assertThat(device.pods()).containsExactly(new PodRef("n", "p", "c"));
    assertThat(device.exclusivePod()).isEqualTo(new PodRef("n", "p", "c"));
  }

  @Test
  void pod_emptyLabels_isNoPod() {
    DcgmDevice device =
        device("DCGM_FI_DEV_FB_USED{UUID=\"G\",container=\"\",namespace=\"\",pod=\"\"} 5\n");

    assertThat(device.pods()).isEmpty();
    assertThat(device.exclusivePod()).isNull();
    assertThat(device.vramUsedBytes()).isEqualTo(5 * MIB);
  }

  @Test
  void pod_twoContainersOfOne_isExclusive_twoPodsOrATimeSliceAreNot() {
    String two = "DCGM_FI_DEV_FB_FREE{UUID=\"G\",namespace=\"n\",pod=\"p\",container=\"%s\"} 5\n";

    assertThat(device(two.formatted("a") + two.formatted("b")).exclusivePod())
        .isEqualTo(new PodRef("n", "p", "a"));
    assertThat(device(two.formatted("a") + two.replace("\"p\"", "\"q\"")).exclusivePod()).isNull();
    assertThat(device(two.replace("pod=", "vgpu=\"0\",pod=")).exclusivePod()).isNull();
  }

  @Test
  void copies_withoutADeviceRow_countOnceAndOnlyIfTheyAgree() {
    String rows =
        """
        DCGM_FI_DEV_FB_USED{UUID="G",pod="a"} 5
        DCGM_FI_DEV_FB_USED{UUID="G",pod="b"} 5
        DCGM_FI_DEV_GPU_UTIL{UUID="G",pod="a"} 5
        DCGM_FI_DEV_GPU_UTIL{UUID="G",pod="b"} 6
        """;

    assertThat(device(rows).vramUsedBytes()).isEqualTo(5 * MIB);
    assertThat(device(rows).utilizationRatio()).isNull();
    assertThat(page(rows).droppedValues()).isEqualTo(1);
  }

  @Test
  void copies_deviceRowAfterPodRows_countsAlone() {
    assertThat(
            device(
                    """
                    DCGM_FI_DEV_FB_USED{UUID="G",pod="a"} 3
                    DCGM_FI_DEV_FB_USED{UUID="G",pod="b"} 2
                    DCGM_FI_DEV_FB_USED{UUID="G"} 5
                    DCGM_FI_DEV_FB_USED{UUID="G",pod="c"} 1
                    """)
                .vramUsedBytes())
        .isEqualTo(5 * MIB);
  }

  @Test
  void vram_allZero_isUnknown() {
    DcgmDevice device =
        device(
            """
            DCGM_FI_DEV_FB_USED{UUID="G"} 0
            DCGM_FI_DEV_FB_FREE{UUID="G"} 0
            DCGM_FI_DEV_FB_TOTAL{UUID="G"} 0
            """);

    assertThat(device.vramUsedBytes()).isNull();
    assertThat(device.vramFreeBytes()).isNull();
    assertThat(device.vramTotalBytes()).isNull();
  }

  @Test
  void vram_full_hasZeroFree() {
    DcgmDevice device =
        device("DCGM_FI_DEV_FB_USED{UUID=\"G\"} 9\nDCGM_FI_DEV_FB_FREE{UUID=\"G\"} 0\n");

    assertThat(device.vramFreeBytes()).isZero();
    assertThat(device.vramTotalBytes()).isEqualTo(9 * MIB);
    assertThat(device.vramTotalExactness()).isEqualTo(Exactness.LOWER_BOUND);
  }

  @Test
  void vram_totalOrReservedReported_isExact() {
    assertThat(device("DCGM_FI_DEV_FB_TOTAL{UUID=\"G\"} 80\n").vramTotalBytes())
        .isEqualTo(80 * MIB);
    assertThat(device("DCGM_FI_DEV_FB_TOTAL{UUID=\"G\"} 80\n").vramTotalExactness())
        .isEqualTo(Exactness.EXACT);
    DcgmDevice reserved =
        device(
            """
            dcgm_fb_used{uuid="G"} 1
            dcgm_fb_free{uuid="G"} 2
            DCGM_FI_DEV_FB_RESERVED{UUID="G"} 4
            """);
    assertThat(reserved.vramTotalBytes()).isEqualTo(7 * MIB);
    assertThat(reserved.vramTotalExactness()).isEqualTo(Exactness.EXACT);
  }

  @Test
  void impossibleValues_areDroppedNotClamped() {
    DcgmPage page =
        page(
            """
            DCGM_FI_DEV_GPU_UTIL{UUID="G"} 101
            DCGM_FI_DEV_FB_USED{UUID="G"} -1
            DCGM_FI_DEV_POWER_USAGE{UUID="G"} -0.5
            DCGM_FI_DEV_GPU_TEMP{UUID="G"} 1000
            """);

    assertThat(page.devices().getFirst().values()).isEmpty();
    assertThat(page.droppedValues()).isEqualTo(4);
  }

  @Test
  void nullTexts_areNoNames() {
    DcgmDevice device =
        device(
            "DCGM_FI_DEV_FB_USED{UUID=\"G\",GPU_I_ID=\"3\",GPU_I_PROFILE=\"<<<NULL>>>\","
                + "modelName=\"<<<NOT_SUPPORTED>>>\"} 5\n");

    assertThat(device.gpuInstanceProfile()).isNull();
    assertThat(device.modelName()).isNull();
    assertThat(device.gpuInstanceId()).isEqualTo("3");
  }

  @Test
  void otherRows_makeNoDevice() {
    DcgmPage page =
        page(
            """
            nvidia_smi_temp{uuid="G"} 3
            DCGM_FI_DEV_CPU_UTIL{cpu="0"} 3
            go_goroutines 3
            """);

    assertThat(page.devices()).isEmpty();
    assertThat(page.unusedRows()).isEqualTo(3);
    assertThat(page("go_goroutines 3\n").dialect()).isNull();
  }

  @Test
  void hostnames_areAllKept() {
    assertThat(
            page("""
            DCGM_FI_DEV_FB_USED{UUID="G",Hostname="node-a"} 5
            DCGM_FI_DEV_FB_USED{UUID="H",hostname="node-b"} 5
            """)
                .hostnames())
        .containsExactlyInAnyOrder("node-a", "node-b");
  }

  @Test
  void utilRatio_unitIsDecidedByThePageThenByEarlierOnes() {
    String one = "DCGM_FI_DEV_GPU_UTIL_RATIO{UUID=\"G\"} 1\n";
    String clock = "DCGM_FI_DEV_SM_CLOCK_HERTZ{UUID=\"G\"} 1980000000\n";
    String percentHelp = "# HELP DCGM_FI_DEV_GPU_UTIL_RATIO GPU utilization (in %).\n";
    String ratioHelp = "# HELP DCGM_FI_DEV_GPU_UTIL_RATIO GPU utilization ratio.\n";
    UtilizationUnit percent = page(one.replace(" 1\n", " 83\n")).utilizationUnit();
    UtilizationUnit ratio = page(one.replace(" 1\n", " 0.830000\n")).utilizationUnit();

    assertThat(device(one).utilizationRatio()).isNull();
    assertThat(page(one).droppedValues()).isEqualTo(1);
    assertThat(device(one.replace(" 1\n", " 0\n")).utilizationRatio()).isZero();
    assertThat(device(percentHelp + one).utilizationRatio()).isEqualTo(0.01);
    assertThat(device(ratioHelp + one).utilizationRatio()).isEqualTo(1);
    assertThat(device(clock + one).utilizationRatio()).isEqualTo(1);
    assertThat(page(one, percent).devices().getFirst().utilizationRatio()).isEqualTo(0.01);
    assertThat(page(one, ratio).devices().getFirst().utilizationRatio()).isEqualTo(1);
    // The exporter was upgraded: what an older dialect proved holds no longer.
    assertThat(page(clock + one, percent).devices().getFirst().utilizationRatio()).isEqualTo(1);
    // A page without the field changes nothing.
    assertThat(page(clock, percent).utilizationUnit()).isEqualTo(percent);
    // A blank proves nothing.
    assertThat(page(one.replace(" 1\n", " 9223372036854775794\n")).utilizationUnit()).isNull();
  }

  @Test
  void twoFieldsForOneProperty_theUpperRowOfTheTableCounts() {
    assertThat(
            device(
                    """
                    DCGM_FI_DEV_GPU_TEMP_CELSIUS{UUID="G"} 50
                    DCGM_FI_DEV_GPU_TEMP{UUID="G"} 40
                    DCGM_FI_DEV_GPU_TEMP_CELSIUS{UUID="G",pod="p"} 50
                    """)
                .temperatureCelsius())
        .isEqualTo(40);
  }

  @Test
  void dialect_newDriverLabel_isTheNewOne() {
    assertThat(
            page("DCGM_FI_DEV_FB_USED{UUID=\"G\",DCGM_FI_SYSTEM_DRIVER_VERSION=\"590\"} 5\n")
                .dialect())
        .isEqualTo(DcgmDialect.V4_9);
    assertThat(page("dcgm_sm_clock{uuid=\"G\"} 5\n").dialect()).isEqualTo(DcgmDialect.V1);
  }

  @Test
  void complete_onlyWithAnEnd() {
    String row = "DCGM_FI_DEV_FB_USED{UUID=\"G\"} 5\n";

    assertThat(page(row).complete()).isTrue();
    assertThat(page(row + row.strip()).complete()).isFalse();
    assertThat(page(row + "failed to write response\n").complete()).isFalse();
    assertThat(page("").complete()).isTrue();
  }

  @Test
  void tooManyDevices_areRefused() {
    String rows =
        IntStream.rangeClosed(0, DcgmPageReader.MAX_DEVICES)
            .mapToObj(i -> "DCGM_FI_DEV_FB_USED{UUID=\"G" + i + "\"} 5\n")
            .collect(Collectors.joining());

    assertThat(READER.read(rows.getBytes(StandardCharsets.UTF_8), null))
        .isEqualTo(new DcgmReading.Refused("too_many_devices", 0));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "name,property,unit,dialect\n",
        "field,property,unit,dialect\na,vram_used_bytes,mebibytes\n",
        "field,property,unit,dialect\na,vram,mebibytes,1.x\n",
        "field,property,unit,dialect\na,-,parsec,1.x\n",
        "field,property,unit,dialect\na,-,none,7.x\n",
        "field,property,unit,dialect\na,-,none,1.x\na,-,none,1.x\n",
      })
  void table_wrongLine_isNamed(String csv) {
    assertThatThrownBy(() -> DcgmFieldTable.parse(csv))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("line ");
  }

  @Test
  void table_ofOnesOwn_isUsed() {
    var reader =
        new DcgmPageReader(
            DcgmFieldTable.parse(
                "# mine\nfield,property,unit,dialect\n\nDCGM_X,power_watts,watts,2.x-4.8\n"));

    var reading =
        (DcgmReading.Understood)
            reader.read("DCGM_X{UUID=\"G\"} 7\n".getBytes(StandardCharsets.UTF_8), null);

    assertThat(reading.page().devices().getFirst().powerWatts()).isEqualTo(7);
  }
}
