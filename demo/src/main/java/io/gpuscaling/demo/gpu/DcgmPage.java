package io.gpuscaling.demo.gpu;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A recorded page of dcgm-exporter on one idle L4, replayed for each GPU of a node. Identity is
 * exchanged on every line, and the value where it follows the load: utilization, memory, power,
 * temperature. All else stays as recorded. Immutable.
 */
final class DcgmPage {

  private static final String RECORDED = "v4.x-l4-idle-aws-kops.prom";
  private static final int USABLE_MEBIBYTES = 22_563; // FB_FREE of the record, where FB_USED is 0
  private static final Pattern SAMPLE =
      Pattern.compile(
          "(?<name>\\w+)\\{gpu=\"0\",UUID=\"(?<uuid>GPU-[0-9a-f-]*)[0-9a-f]{2}\","
              + "pci_bus_id=\"00000000:31:00.0\",device=\"nvidia0\",(?<model>modelName=\"[^\"]*\"),"
              + "Hostname=\"[^\"]*\",(?<rest>[^}]*)} (?<value>\\S+)");

  private final List<String> lines;

  private DcgmPage(List<String> lines) {
    this.lines = lines;
  }

  static DcgmPage recorded() {
    try (InputStream in = DcgmPage.class.getResourceAsStream(RECORDED)) {
      if (in == null) {
        throw new IllegalStateException(RECORDED + " is not in the jar");
      }
      return new DcgmPage(new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String render(GpuNode node) {
    List<GpuActivity> activities = node.activities();
    var page = new StringBuilder();
    for (String line : lines) {
      Matcher sample = SAMPLE.matcher(line);
      if (!sample.matches()) {
        page.append(line).append('\n');
        continue;
      }
      for (int gpu = 0; gpu < activities.size(); gpu++) {
        append(page, sample, node, gpu, activities.get(gpu));
      }
    }
    return page.toString();
  }

  private static void append(
      StringBuilder page, Matcher sample, GpuNode node, int gpu, GpuActivity activity) {
    page.append(
        String.format(
            Locale.ROOT,
            "%s{gpu=\"%d\",UUID=\"%s%x%x\",pci_bus_id=\"00000000:%x1:00.0\",device=\"nvidia%d\",%s,"
                + "Hostname=\"%s\",%s} %s\n",
            sample.group("name"),
            gpu,
            sample.group("uuid"),
            node.number(),
            gpu,
            gpu + 3,
            gpu,
            sample.group("model"),
            node.name(),
            sample.group("rest"),
            value(sample.group("name"), sample.group("value"), activity)));
  }

  private static String value(String name, String recorded, GpuActivity activity) {
    return switch (name) {
      case "DCGM_FI_DEV_GPU_UTIL" -> Integer.toString(activity.utilizationPercent());
      case "DCGM_FI_DEV_FB_USED" -> Integer.toString(activity.usedMebibytes());
      case "DCGM_FI_DEV_FB_FREE" -> Integer.toString(USABLE_MEBIBYTES - activity.usedMebibytes());
      case "DCGM_FI_DEV_POWER_USAGE" -> String.format(Locale.ROOT, "%.6f", activity.powerWatts());
      case "DCGM_FI_DEV_GPU_TEMP" -> Integer.toString(activity.temperatureCelsius());
      case "DCGM_FI_PROF_GR_ENGINE_ACTIVE" ->
          String.format(Locale.ROOT, "%.6f", activity.utilizationPercent() / 100.0);
      default -> recorded;
    };
  }
}
