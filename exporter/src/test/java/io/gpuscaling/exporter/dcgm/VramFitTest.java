package io.gpuscaling.exporter.dcgm;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.UnknownReason;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class VramFitTest {

  private static final long GIB = 1L << 30;
  private static final SampleValue UNKNOWN = SampleValue.unknown(UnknownReason.NOT_REPORTED);
  private static final DeviceHolders NOBODY = new DeviceHolders(Map.of(), true);

  private static String gpu(String labels, int freeGib) {
    return "DCGM_FI_DEV_FB_FREE{" + labels + "} " + freeGib * 1024 + "\n";
  }

  private static SampleValue fit(String text, DeviceHolders holders, long gib) {
    DcgmPage page =
        ((DcgmReading.Understood)
                new DcgmPageReader(DcgmFieldTable.builtIn())
                    .read(text.getBytes(StandardCharsets.UTF_8), null))
            .page();
    var samples =
        VramFit.samples(page.devices(), holders, List.of(new ReplicaSize("a", gib * GIB)), 5);
    assertThat(samples).hasSize(1);
    assertThat(samples.getFirst().series()).hasToString("gpu_vram_fit_replicas{size=\"a\"}");
    assertThat(samples.getFirst().observedAtNanos()).isEqualTo(5);
    return samples.getFirst().value();
  }

  private static SampleValue exact(double value) {
    return SampleValue.exact(value);
  }

  @Test
  void freeGpus_takeOneEach_ifItFits() {
    String two = gpu("UUID=\"A\"", 24) + gpu("UUID=\"B\"", 80);

    assertThat(fit(two, NOBODY, 8)).isEqualTo(exact(2));
    assertThat(fit(two, NOBODY, 24)).isEqualTo(exact(2));
    assertThat(fit(two, NOBODY, 25)).isEqualTo(exact(1));
    assertThat(fit(two, NOBODY, 81)).isEqualTo(exact(0));
  }

  @Test
  void heldGpu_takesNone_sharedOneWhatFits() {
    assertThat(fit(gpu("UUID=\"A\",pod=\"p\"", 24), DeviceHolders.UNKNOWN, 1)).isEqualTo(exact(0));
    assertThat(fit(gpu("UUID=\"A\",pod=\"p\",vgpu=\"0\"", 24), DeviceHolders.UNKNOWN, 10))
        .isEqualTo(exact(2));
    var held =
        new DeviceHolders(
            Map.of("A", new DeviceHolders.Holders(List.of(new PodRef("n", "p", "c")), false)),
            true);
    assertThat(fit(gpu("UUID=\"A\"", 24) + gpu("UUID=\"B\"", 24), held, 1)).isEqualTo(exact(1));
  }

  @Test
  void nobodySaysWhoHoldsIt_orWhatIsFree_isUnknown() {
    assertThat(fit(gpu("UUID=\"A\"", 24), DeviceHolders.UNKNOWN, 1)).isEqualTo(UNKNOWN);
    assertThat(fit("DCGM_FI_DEV_GPU_TEMP{UUID=\"A\"} 30\n", NOBODY, 1)).isEqualTo(UNKNOWN);
    // One unknown part makes the sum unknown.
    assertThat(fit(gpu("UUID=\"B\"", 24) + "DCGM_FI_DEV_GPU_TEMP{UUID=\"A\"} 30\n", NOBODY, 1))
        .isEqualTo(UNKNOWN);
  }

  @Test
  void unfitGpu_takesNone() {
    assertThat(fit(gpu("UUID=\"A\"", 24) + "DCGM_FI_DEV_XID_ERRORS{UUID=\"A\"} 79\n", NOBODY, 1))
        .isEqualTo(exact(0));
  }

  @Test
  void dividedGpu_isItsInstances() {
    String text =
        gpu("UUID=\"A\"", 40)
            + gpu("UUID=\"A\",GPU_I_ID=\"1\"", 20)
            + gpu("UUID=\"A\",GPU_I_ID=\"2\",pod=\"p\"", 20)
            + gpu("UUID=\"A\",GPU_I_ID=\"3\"", 5);

    assertThat(fit(text, NOBODY, 10)).isEqualTo(exact(1));
  }

  @Test
  void noSizes_noSamples() {
    DcgmPage page =
        ((DcgmReading.Understood)
                new DcgmPageReader(DcgmFieldTable.builtIn()).read(new byte[0], null))
            .page();

    assertThat(VramFit.samples(page.devices(), NOBODY, List.of(), 5)).isEmpty();
  }
}
