package io.gpuscaling.exporter.podresources;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DeviceIdTest {

  private static final Map<String, String> INSTANCES = Map.of("MIG-aa-bb", "GPU-1/7");

  @ParameterizedTest
  @CsvSource({
    "GPU-4cf8db2d-06c0-7d70-1a51-e59b25b2c16c, GPU-4cf8db2d-06c0-7d70-1a51-e59b25b2c16c, false",
    "GPU-1::0, GPU-1, true",
    "GPU-1::12, GPU-1, true",
    "MIG-aa-bb, GPU-1/7, false",
    "MIG-aa-bb::3, GPU-1/7, true",
    "MIG-cc-dd, , false",
    "MIG-GPU-4cf8db2d-06c0/5/0, GPU-4cf8db2d-06c0/5, false",
    "MIG-GPU-4cf8db2d-06c0/5/0::1, GPU-4cf8db2d-06c0/5, true",
    "nvidia0, nvidia0, false",
    "nvidia12/gi3, nvidia12/3, false",
    "nvidia0/vgpu1, nvidia0, true",
    "nvidia0/gi3/vgpu1, nvidia0/3, true",
  })
  void forms_ofAllPlugIns(String text, @Nullable String device, boolean replica) {
    assertThat(DeviceId.parse(text, INSTANCES)).isEqualTo(new DeviceId(device, replica));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "GPU",
        "gpu-1",
        "GPU-1::",
        "GPU-1::x",
        "GPU-1::1::2",
        "GPU-1/2",
        "nvidia",
        "nvidiactl",
        "nvidia0/gi",
        "nvidia0/vgpu",
        "nvidia0::1",
        "nvidia0/gi3/vgpu",
        "MIG-GPU-1/2",
        "GPU-1 ",
        "GPU-1::123456",
        "MIG-",
        "0000:3b:00.0",
      })
  void otherTexts_tellNothing(String text) {
    assertThat(DeviceId.parse(text, INSTANCES).device()).isNull();
  }

  @Test
  void endlessText_isNotLookedAt() {
    assertThat(DeviceId.parse("GPU-" + "a".repeat(DeviceId.MAX_CHARS), Map.of()).device()).isNull();
  }
}
