package io.gpuscaling.exporter.dcgm.cli;

import io.gpuscaling.core.exposition.ReadCounts;
import io.gpuscaling.exporter.dcgm.DcgmDevice;
import io.gpuscaling.exporter.dcgm.DcgmDialect;
import io.gpuscaling.exporter.dcgm.DcgmPage;
import io.gpuscaling.exporter.dcgm.PodRef;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A page as JSON lines: one object for each device, absent where unknown; the last line tells about
 * the page.
 */
final class DcgmPageJson {

  private final JsonMapper mapper = JsonMapper.builder().build();

  void print(DcgmPage page, PrintWriter out) {
    for (DcgmDevice device : page.devices()) {
      out.println(mapper.writeValueAsString(device(device)));
    }
    DcgmDialect dialect = page.dialect();
    ObjectNode summary = mapper.createObjectNode();
    put(summary, "dialect", dialect == null ? null : dialect.text());
    ReadCounts counts = page.counts();
    summary.put("samples", page.sampleLines());
    summary.put("skippedLines", counts.skippedLines());
    ObjectNode reasons = summary.putObject("skipReasons");
    counts.skipped().forEach((reason, lines) -> reasons.put(reason.label(), lines.intValue()));
    summary.put("blankValues", page.blankValues());
    summary.put("nonFiniteValues", counts.nonFiniteValues());
    summary.put("duplicates", counts.duplicates());
    summary.put("unusedRows", page.unusedRows());
    out.println(mapper.writeValueAsString(summary));
  }

  private ObjectNode device(DcgmDevice device) {
    ObjectNode json = mapper.createObjectNode();
    json.put("uuid", device.uuid());
    put(json, "gpuInstanceId", device.gpuInstanceId());
    put(json, "gpuInstanceProfile", device.gpuInstanceProfile());
    put(json, "modelName", device.modelName());
    putBytes(json, "vramUsedBytes", device.vramUsedBytes());
    putBytes(json, "vramFreeBytes", device.vramFreeBytes());
    putBytes(json, "vramTotalBytes", device.vramTotalBytes());
    put(json, "utilizationRatio", device.utilizationRatio());
    put(json, "temperatureCelsius", device.temperatureCelsius());
    put(json, "powerWatts", device.powerWatts());
    if (!device.pods().isEmpty()) {
      ArrayNode pods = json.putArray("pods");
      for (PodRef pod : device.pods()) {
        ObjectNode each = pods.addObject();
        put(each, "namespace", pod.namespace().isEmpty() ? null : pod.namespace());
        each.put("pod", pod.pod());
        put(each, "container", pod.container());
      }
    }
    return json;
  }

  private static void put(ObjectNode json, String key, @Nullable String value) {
    if (value != null) {
      json.put(key, value);
    }
  }

  private static void put(ObjectNode json, String key, @Nullable Double value) {
    if (value != null) {
      json.put(key, value.doubleValue());
    }
  }

  private static void putBytes(ObjectNode json, String key, @Nullable Double value) {
    if (value != null) {
      json.put(key, Math.round(value));
    }
  }
}
