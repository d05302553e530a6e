package io.gpuscaling.demo.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.exporter.dcgm.DcgmDevice;
import io.gpuscaling.exporter.dcgm.DcgmFieldTable;
import io.gpuscaling.exporter.dcgm.DcgmPageReader;
import io.gpuscaling.exporter.dcgm.DcgmReading;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** By the reader that the exporter uses. */
final class DcgmServerTest {

  private static final double MEBIBYTE = 1 << 20;

  @Test
  void page_load_readAsTheExporterReadsIt() throws Exception {
    var node = new GpuNode("gpu-b", 1, 4);
    node.set(1, GpuActivity.LOADED);
    node.set(2, GpuActivity.BUSY);
    List<DcgmDevice> devices = read(node);
    assertThat(devices).hasSize(4);
    assertThat(devices.stream().map(DcgmDevice::vramUsedBytes))
        .containsExactlyInAnyOrder(0.0, 0.0, 9_216 * MEBIBYTE, 17_408 * MEBIBYTE);
    assertThat(devices.stream().map(DcgmDevice::vramTotalBytes)).containsOnly(23_033 * MEBIBYTE);
    assertThat(devices.stream().map(DcgmDevice::utilizationRatio))
        .containsExactlyInAnyOrder(0.0, 0.0, 0.0, 0.97);
    assertThat(devices.stream().map(DcgmDevice::powerWatts))
        .containsExactlyInAnyOrder(16.4, 16.4, 31.8, 71.2);
    assertThat(devices.stream().map(DcgmDevice::temperatureCelsius))
        .containsExactlyInAnyOrder(31.0, 31.0, 44.0, 63.0);
  }

  private static List<DcgmDevice> read(GpuNode node) throws Exception {
    try (DcgmServer server = DcgmServer.start(node);
        HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<byte[]> response =
          client.send(
              HttpRequest.newBuilder(server.uri()).timeout(Duration.ofSeconds(10)).build(),
              HttpResponse.BodyHandlers.ofByteArray());
      assertThat(response.headers().firstValue("Content-Type"))
          .hasValue("text/plain; charset=utf-8");
      assertThat(response.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
      DcgmReading reading =
          new DcgmPageReader(DcgmFieldTable.builtIn()).read(response.body(), null);
      assertThat(reading)
          .isInstanceOfSatisfying(
              DcgmReading.Understood.class,
              it -> assertThat(it.page().hostnames()).containsExactly("gpu-b"));
      return ((DcgmReading.Understood) reading).page().devices();
    }
  }
}
