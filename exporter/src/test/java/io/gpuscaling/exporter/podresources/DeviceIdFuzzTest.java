package io.gpuscaling.exporter.podresources;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.InvalidProtocolBufferException;
import io.gpuscaling.exporter.dcgm.DeviceHolders;
import io.gpuscaling.proto.podresources.v1.ListPodResourcesResponse;
import io.gpuscaling.testkit.fuzz.LimitedRun;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Any text as a device id, and any bytes as the kubelet's list. */
public class DeviceIdFuzzTest {

  private static final Map<String, String> INSTANCES = Map.of("MIG-a", "GPU-1/7");

  /** What {@code make fuzz} runs. */
  public static void fuzzerTestOneInput(byte[] data) {
    String text = new String(data, StandardCharsets.UTF_8);
    DeviceId id = DeviceId.parse(text, INSTANCES);
    if (id.device() != null) {
      assertThat(id.device()).matches("(GPU-[0-9A-Za-z-]+|nvidia[0-9]{1,3})(/[0-9]{1,3})?");
      assertThat(text)
          .startsWith(id.device().startsWith("nvidia") ? "nvidia" : text.substring(0, 3));
      assertThat(id.replica()).isEqualTo(text.contains("::") || text.contains("/vgpu"));
    }
    try {
      DeviceHolders holders =
          HolderList.of(ListPodResourcesResponse.parseFrom(data), INSTANCES).holders();
      holders.byDevice().values().forEach(held -> assertThat(held.pods()).isNotEmpty());
    } catch (InvalidProtocolBufferException _) {
      // Most bytes are no message.
    }
  }

  @FuzzTest(maxDuration = "10s")
  void id(byte[] data) {
    fuzzerTestOneInput(data);
  }

  @Test
  void limitedRun_findsNothing() {
    LimitedRun.of(DeviceIdFuzzTest::fuzzerTestOneInput, DeviceIdFuzzTest.class, "id");
  }
}
