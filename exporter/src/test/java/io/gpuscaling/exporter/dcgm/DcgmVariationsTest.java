package io.gpuscaling.exporter.dcgm;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.metric.Exactness;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages that are made here in all spellings that exporters have had: one truth, many texts. */
final class DcgmVariationsTest {

  private static final double MIB = 1024 * 1024;
  private static final DcgmPageReader READER = new DcgmPageReader(DcgmFieldTable.builtIn());

  /** One GPU with its true values: 3 GiB of 8 used, 1 reserved, 37 %, 61.5 C, 123.456 W. */
  enum Names {
    V1(
        List.of(
            "dcgm_fb_used %s 3072",
            "dcgm_fb_free %s 4096",
            "dcgm_fb_total %s 8192",
            "dcgm_gpu_utilization %s 37",
            "dcgm_gpu_temp %s 61.5",
            "dcgm_power_usage %s 123.456",
            "dcgm_xid_errors %s 0",
            "dcgm_total_energy_consumption %s 5000")),
    V4(
        List.of(
            "DCGM_FI_DEV_FB_USED %s 3072",
            "DCGM_FI_DEV_FB_FREE %s 4096",
            "DCGM_FI_DEV_FB_RESERVED %s 1024",
            "DCGM_FI_DEV_GPU_UTIL %s 37",
            "DCGM_FI_DEV_GPU_TEMP %s 61.5",
            "DCGM_FI_DEV_POWER_USAGE %s 123.456000",
            "DCGM_FI_DEV_XID_ERRORS %s 0",
            "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION %s 5000")),
    V4_6(
        List.of(
            "DCGM_FI_DEV_FB_USED %s 3072",
            "DCGM_FI_DEV_FB_FREE %s 4096",
            "DCGM_FI_DEV_FB_RESERVED %s 1024",
            "DCGM_FI_DEV_GPU_UTIL_RATIO %s 37",
            "DCGM_FI_DEV_GPU_TEMP_CELSIUS %s 61.5",
            "DCGM_FI_DEV_BOARD_POWER_WATTS %s 123.456000",
            "DCGM_FI_DEV_XID_ERROR %s 0",
            "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION %s 5000")),
    V4_9(
        List.of(
            "DCGM_FI_DEV_FB_USED_BYTES %s 3221225472",
            "DCGM_FI_DEV_FB_FREE_BYTES %s 4294967296",
            "DCGM_FI_DEV_FB_CAPACITY_BYTES %s 8589934592",
            "DCGM_FI_DEV_GPU_UTIL_RATIO %s 0.37",
            "DCGM_FI_DEV_GPU_TEMP_CELSIUS %s 61.5",
            "DCGM_FI_DEV_BOARD_POWER_WATTS %s 123.456",
            "DCGM_FI_DEV_XID_ERROR %s 0",
            "DCGM_FI_DEV_GPU_ENERGY_JOULES_TOTAL %s 5"));

    @SuppressWarnings("ImmutableEnumChecker") // only ever List.of
    private final List<String> rows;

    Names(List<String> rows) {
      this.rows = rows;
    }
  }

  private static final List<String> LABELS =
      List.of(
          "{gpu=\"0\",UUID=\"GPU-1\",device=\"nvidia0\",modelName=\"NVIDIA L4\",Hostname=\"n1\",namespace=\"n\",pod=\"p\",container=\"c\"}",
          "{gpu=\"0\",uuid=\"GPU-1\",device=\"nvidia0\",modelName=\"NVIDIA L4\",hostname=\"n1\",pod_namespace=\"n\",pod_name=\"p\",container_name=\"c\"}",
          "{DCGM_FI_DRIVER_VERSION=\"610\",UUID=\"GPU-1\",container=\"c\",device=\"nvidia0\",gpu=\"0\",hostname=\"n1\",modelName=\"NVIDIA L4\",namespace=\"n\",pci_bus_id=\"0\",pod=\"p\",pod_uid=\"\"}",
          "{ gpu=\"0\" , UUID=\"GPU-1\" , device=\"nvidia0\", modelName=\"NVIDIA L4\",Hostname=\"n1\",exported_namespace=\"n\",exported_pod=\"p\",exported_container=\"c\",namespace=\"gpu-operator\",pod=\"dcgm-x\",container=\"dcgm\", }",
          "{gpu=\"0\",UUID=\"GPU-1\",device=\"nvidia0\",modelName=\"NVIDIA L4\",Hostname=\"n1\",namespace=\"n\",pod=\"p\",container=\"c\",dra_claim_name=\"k\",dra_driver_name=\"gpu.nvidia.com\",dra_device_name=\"gpu-0\"}",
          "{gpu=\"0\",UUID=\"GPU-1\",device=\"nvidia0\",modelName=\"NVIDIA L4\",Hostname=\"n1\",namespace=\"n\",pod=\"p\",container=\"c\",hpc_job=\"7\"}");

  enum Form {
    PLAIN,
    CRLF,
    HEADERS_TWICE,
    OPEN_METRICS,
    SHUFFLED,
    COPIED
  }

  static Stream<Arguments> variations() {
    var all = new ArrayList<Arguments>();
    for (Names names : Names.values()) {
      for (String labels : LABELS) {
        for (Form form : Form.values()) {
          all.add(Arguments.of(names, labels, form));
        }
      }
    }
    return all.stream();
  }

  private static String text(Names names, String labels, Form form) {
    List<String> lines = new ArrayList<>();
    for (String row : names.rows) {
      String name = row.substring(0, row.indexOf(' '));
      if (form != Form.PLAIN && form != Form.SHUFFLED) {
        lines.add("# HELP " + name + " A text with % and \\\\ \"quotes\".");
        lines.add("# TYPE " + name + " gauge");
      }
      String line = row.replace(" %s", labels);
      lines.add(line);
      if (form == Form.HEADERS_TWICE) {
        lines.add("# HELP " + name + " Another text.");
        lines.add("# TYPE " + name + " counter");
      }
      if (form == Form.COPIED) {
        lines.add(line.replace("\"p\"", "\"q\""));
      }
    }
    if (form == Form.SHUFFLED) {
      Collections.shuffle(lines, new Random(7));
    }
    String end = form == Form.CRLF ? "\r\n" : "\n";
    return String.join(end, lines) + end + (form == Form.OPEN_METRICS ? "# EOF" : "");
  }

  private static DcgmPage read(String text) {
    DcgmReading reading = READER.read(text.getBytes(StandardCharsets.UTF_8), null);
    assertThat(reading).isInstanceOf(DcgmReading.Understood.class);
    return ((DcgmReading.Understood) reading).page();
  }

  @ParameterizedTest
  @MethodSource("variations")
  void everySpelling_saysTheSame(Names names, String labels, Form form) {
    DcgmPage page = read(text(names, labels, form));

    assertThat(page.complete()).isTrue();
    assertThat(page.hostnames()).containsExactly("n1");
    assertThat(page.counts().skippedLines()).isZero();
    assertThat(page.droppedValues()).isZero();
    assertThat(page.devices()).hasSize(1);
    DcgmDevice device = page.devices().getFirst();
    assertThat(device.uuid()).isEqualTo("GPU-1");
    assertThat(device.modelName()).isEqualTo("NVIDIA L4");
    assertThat(device.vramUsedBytes()).isEqualTo(3072 * MIB);
    assertThat(device.vramFreeBytes()).isEqualTo(4096 * MIB);
    assertThat(device.vramTotalBytes()).isEqualTo(8192 * MIB);
    assertThat(device.vramTotalExactness()).isEqualTo(Exactness.EXACT);
    assertThat(device.utilizationRatio()).isEqualTo(0.37);
    assertThat(device.temperatureCelsius()).isEqualTo(61.5);
    assertThat(device.powerWatts()).isEqualTo(123.456);
    assertThat(device.values())
        .containsEntry(DeviceProperty.ENERGY_JOULES, 5.0)
        .containsEntry(DeviceProperty.LAST_XID, 0.0);
    assertThat(device.pods().getFirst()).isEqualTo(new PodRef("n", "p", "c"));
    assertThat(device.exclusivePod() != null).isEqualTo(form != Form.COPIED);
  }

  @ParameterizedTest
  @MethodSource("variations")
  void cutAnywhere_neverInventsAValue(Names names, String labels, Form form) {
    String whole = text(names, labels, form);
    DcgmDevice truth = read(whole).devices().getFirst();
    var random = new Random(whole.hashCode());

    for (int i = 0; i < 20; i++) {
      String cut = whole.substring(0, random.nextInt(whole.length()));
      switch (READER.read(cut.getBytes(StandardCharsets.UTF_8), null)) {
        case DcgmReading.Refused _ -> assertThat(cut).isNotEmpty();
        case DcgmReading.Understood(DcgmPage page) -> {
          assertThat(page.complete())
              .isEqualTo(cut.isEmpty() || cut.endsWith("\n") || cut.endsWith("# EOF"));
          for (DcgmDevice device : page.devices()) {
            // Without the page's other rows the unit of GPU_UTIL_RATIO may be unknown, not wrong.
            assertThat(truth.values()).containsAllEntriesOf(device.values());
          }
        }
      }
    }
  }

  @Test
  void linksSwitchesAndProcessors_areNoGpus() {
    DcgmPage page =
        read(
            """
            DCGM_FI_DEV_NVLINK_BANDWIDTH_L0{nvlink="0",nvswitch="nvswitch0",Hostname="n1"} 1
            DCGM_FI_DEV_NVLINK_TX{nvlink="3",gpu="0",gpu_uuid="GPU-9",model_name="H100"} 5
            DCGM_FI_DEV_NVSWITCH_TEMPERATURE_CURRENT{nvswitch="nvswitch0",hostname="n1"} 40
            DCGM_FI_DEV_CPU_POWER_UTIL_CURRENT{cpu="0",cpu_serial="x",hostname="n1"} 90
            DCGM_FI_DEV_CPU_UTIL_TOTAL{cpu="0",cpucore="3",hostname="n1"} 0.5
            DCGM_FI_DEV_GPU_TEMP{gpu="0",UUID="GPU-1",hostname="n1"} 30
            DCGM_EXP_P2P_STATUS{gpu="0",UUID="GPU-1",peer_gpu="1",link_status="ok"} 1
            """);

    assertThat(page.devices()).extracting(DcgmDevice::uuid).containsExactly("GPU-1");
    assertThat(page.counts().skippedLines()).isZero();
  }

  @Test
  void mixedMig_keepsInstancesApartFromWholeGpus() {
    var text = new StringBuilder();
    for (int gi : new int[] {3, 5, 6}) {
      String labels =
          "{gpu=\"0\",UUID=\"GPU-0\",GPU_I_PROFILE=\"2g.20gb\",GPU_I_ID=\""
              + gi
              + "\",pod=\"p"
              + gi
              + "\"}";
      text.append("DCGM_FI_DEV_FB_USED").append(labels).append(" 10\n");
      text.append("DCGM_FI_DEV_FB_FREE").append(labels).append(" 19957\n");
      text.append("DCGM_FI_PROF_GR_ENGINE_ACTIVE").append(labels).append(" 0.25\n");
      text.append("DCGM_FI_DEV_POWER_USAGE").append(labels).append(" 63.5\n");
    }
    text.append(
        "DCGM_FI_DEV_FB_USED{gpu=\"1\",UUID=\"GPU-1\",GPU_I_PROFILE=\"\",GPU_I_ID=\"\"} 7\n");
    text.append("DCGM_FI_DEV_GPU_UTIL{gpu=\"1\",UUID=\"GPU-1\"} 7\n");

    List<DcgmDevice> devices = read(text.toString()).devices();

    assertThat(devices)
        .extracting(d -> d.uuid() + "/" + d.gpuInstanceId())
        .containsExactly("GPU-0/3", "GPU-0/5", "GPU-0/6", "GPU-1/null");
    assertThat(devices)
        .filteredOn(DcgmDevice::isInstance)
        .allSatisfy(instance -> {
          assertThat(instance.utilizationRatio()).isEqualTo(0.25);
          assertThat(instance.vramTotalBytes()).isEqualTo(19967 * MIB);
          assertThat(instance.vramTotalExactness()).isEqualTo(Exactness.LOWER_BOUND);
        });
    assertThat(devices.getLast().utilizationRatio()).isEqualTo(0.07);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2147483632", "2147483633", "2147483634", "2147483635", "9223372036854775792",
        "9223372036854775795", "140737488355328.000000", "140737488355331.000000", "NaN", "+Inf",
      })
  void blankOrNoNumber_isAbsent(String value) {
    for (Names names : Names.values()) {
      for (String row : names.rows) {
        String name = row.substring(0, row.indexOf(' '));
        DcgmPage page =
            read(name + "{UUID=\"G\"} " + value + "\n" + "DCGM_FI_DEV_X{UUID=\"G\"} 1\n");
        assertThat(page.devices().getFirst().values()).as(name).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ERROR - FAILED TO CONVERT TO STRING",
        "<<<NULL>>>",
        "<<<NOT_FOUND>>>",
        "0x10",
        "1_000",
        "",
      })
  void textInPlaceOfANumber_isSkippedAlone(String value) {
    DcgmPage page =
        read("DCGM_FI_DEV_FB_USED{UUID=\"G\"} " + value + "\nDCGM_FI_DEV_FB_FREE{UUID=\"G\"} 4\n");

    assertThat(page.counts().skippedLines()).isEqualTo(1);
    assertThat(page.devices().getFirst().vramFreeBytes()).isEqualTo(4 * MIB);
    assertThat(page.devices().getFirst().vramUsedBytes()).isNull();
  }

  /** Exporters up to 4.8.2 do not escape what pods are labelled with. */
  @Test
  void unescapedQuoteInALabel_costsThatLineAlone() {
    DcgmPage page =
        read(
            """
            DCGM_FI_DEV_FB_USED{UUID="G",pod="p",pod_label_a="say "hi""} 5
            DCGM_FI_DEV_FB_USED{UUID="H",pod="q"} 6
            DCGM_FI_DEV_FB_USED{UUID="I",hpc_job="a"b} 7
            """);

    assertThat(page.devices()).extracting(DcgmDevice::uuid).containsExactly("H");
    assertThat(page.counts().skippedLines()).isEqualTo(2);
  }

  @Test
  void healthRows_worstCounts_andXidTotalsAreKeptByXid() {
    DcgmDevice device =
        read("""
        DCGM_EXP_GPU_HEALTH_STATUS{UUID="G",health_watch="PCIE",health_error_code="0"} 0
        DCGM_EXP_GPU_HEALTH_STATUS{UUID="G",health_watch="MEM",health_error_code="3"} 20
        DCGM_EXP_GPU_HEALTH_STATUS{UUID="G",health_watch="ALL"} 10
        DCGM_EXP_XID_ERRORS_TOTAL{UUID="G",xid="43"} 2
        DCGM_EXP_XID_ERRORS_TOTAL{UUID="G",xid="79"} 1
        DCGM_EXP_XID_ERRORS_TOTAL{UUID="G",xid="x"} 9
        DCGM_EXP_XID_ERRORS_TOTAL{UUID="G"} 9
        """)
            .devices()
            .getFirst();

    assertThat(device.values()).containsEntry(DeviceProperty.HEALTH_STATUS, 20.0);
    assertThat(device.xidTotals()).containsOnlyKeys(43, 79).containsEntry(43, 2.0);
  }

  @Test
  void hugePage_isReadWhole() {
    var text = new StringBuilder();
    for (int gpu = 0; gpu < 64; gpu++) {
      for (int gi = 0; gi < 7; gi++) {
        for (int pod = 0; pod < 8; pod++) {
          text.append(
              String.format(
                  Locale.ROOT,
                  "DCGM_FI_DEV_FB_USED{gpu=\"%d\",UUID=\"GPU-%d\",GPU_I_ID=\"%d\",pod=\"p%d\"} %d\n",
                  gpu,
                  gpu,
                  gi,
                  pod,
                  gpu * 10 + gi));
        }
      }
    }

    List<DcgmDevice> devices = read(text.toString()).devices();

    assertThat(devices).hasSize(64 * 7);
    assertThat(devices.getLast().vramUsedBytes()).isEqualTo(636 * MIB);
    assertThat(devices.getLast().pods()).hasSize(8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "percent", "ratio"})
  void utilRatioOfOne_withoutAnyHint_isAsConfigured(String configured) {
    var reader =
        new DcgmPageReader(
            DcgmFieldTable.builtIn(),
            UtilizationUnit.Configured.valueOf(configured.toUpperCase(Locale.ROOT)));
    byte[] page = "DCGM_FI_DEV_GPU_UTIL_RATIO{UUID=\"G\"} 1\n".getBytes(StandardCharsets.UTF_8);
    var read = (DcgmReading.Understood) reader.read(page, null);

    assertThat(read.page().devices().getFirst().utilizationRatio())
        .isEqualTo(
            switch (configured) {
              case "percent" -> Double.valueOf(0.01);
              case "ratio" -> Double.valueOf(1);
              default -> null;
            });
  }

  @Test
  void utilRatioALittleAboveOne_provesNothing() {
    DcgmPage page =
        read(
            """
            DCGM_FI_DEV_SM_CLOCK_HERTZ{UUID="G"} 1980000000
            DCGM_FI_DEV_GPU_UTIL_RATIO{UUID="G"} 1.000001
            """);

    assertThat(page.devices().getFirst().utilizationRatio()).isNull();
    assertThat(page.droppedValues()).isEqualTo(1);
  }

  @Test
  void ownTable_comesBeforeTheBuiltInOne() {
    DcgmFieldTable table =
        DcgmFieldTable.builtIn()
            .with(
                DcgmFieldTable.parse(
                    """
                    field,property,unit,dialect
                    DCGM_FI_DEV_GPU_UTIL,-,none,2.x-4.8
                    MY_POWER,power_watts,watts,2.x-4.8
                    DCGM_MY_POWER,power_watts,watts,2.x-4.8
                    """));
    byte[] page =
        """
        DCGM_FI_DEV_GPU_UTIL{UUID="G"} 5
        DCGM_FI_DEV_POWER_USAGE{UUID="G"} 5
        DCGM_MY_POWER{UUID="G"} 6
        """
            .getBytes(StandardCharsets.UTF_8);
    var read = (DcgmReading.Understood) new DcgmPageReader(table).read(page, null);

    assertThat(read.page().devices().getFirst().utilizationRatio()).isNull();
    assertThat(read.page().devices().getFirst().powerWatts()).isEqualTo(6);
  }
}
