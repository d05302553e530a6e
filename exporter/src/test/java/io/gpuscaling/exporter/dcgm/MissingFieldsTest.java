package io.gpuscaling.exporter.dcgm;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.metric.SourceFinding;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MissingFieldsTest {

  private static final Path PAGES = Path.of("src", "test", "resources", "dcgm");

  private static List<String> missing(String page) {
    return new DcgmPageReader(DcgmFieldTable.builtIn())
                .read(page.getBytes(StandardCharsets.UTF_8), null)
            instanceof DcgmReading.Understood(DcgmPage read)
        ? MissingFields.of(read).stream().map(SourceFinding::subject).toList()
        : List.of("refused");
  }

  private static String recorded() throws IOException {
    return Files.readString(PAGES.resolve("v4.x-l4-idle-aws-kops.prom"));
  }

  @Test
  void recordedPage_ofTheDefaultList_lacksNothingThatADeviceHas() throws IOException {
    assertThat(missing(recorded())).isEmpty();
  }

  @Test
  void field_takenOutOfTheList_isNamed() throws IOException {
    String page =
        recorded()
            .lines()
            .filter(it -> !it.contains("DCGM_FI_DEV_FB_USED") && !it.contains("ROW_REMAP_FAILURE"))
            .reduce("", (a, b) -> a + b + "\n");

    assertThat(missing(page)).contains("DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_XID_ERRORS");
  }

  @Test
  void baseUnits_haveTheirOwnNames_andInstancesTheirOwnUtilization() {
    String page =
        """
        DCGM_FI_DEV_MEMORY_CLOCK_HERTZ{gpu="0",UUID="A"} 5
        DCGM_FI_DEV_FB_USED_BYTES{gpu="0",UUID="A",GPU_I_PROFILE="1g.10gb",GPU_I_ID="7"} 5
        """;

    assertThat(missing(page))
        .containsExactly(
            "DCGM_FI_DEV_FB_FREE_BYTES",
            "DCGM_FI_DEV_FB_RESERVED_BYTES",
            "DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO",
            "DCGM_FI_DEV_GPU_TEMP_CELSIUS",
            "DCGM_FI_DEV_BOARD_POWER_WATTS",
            "DCGM_FI_DEV_XID_ERROR");
  }

  @Test
  void wholeGpu_thatShowsNothingElse_lacksTheUtilizationOfGpus() {
    assertThat(missing("DCGM_FI_DEV_POWER_USAGE{gpu=\"0\",UUID=\"A\"} 70\n"))
        .containsExactly(
            "DCGM_FI_DEV_FB_USED",
            "DCGM_FI_DEV_FB_FREE",
            "DCGM_FI_DEV_FB_RESERVED",
            "DCGM_FI_DEV_GPU_UTIL",
            "DCGM_FI_DEV_GPU_TEMP",
            "DCGM_FI_DEV_XID_ERRORS");
  }
}
