package io.gpuscaling.exporter.dcgm;

import io.gpuscaling.core.exposition.ExpositionLimits;
import io.gpuscaling.core.exposition.ExpositionReader;
import io.gpuscaling.core.exposition.ExpositionResult;
import io.gpuscaling.core.exposition.ExpositionSample;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a page of dcgm-exporter: which devices it shows and what it says about each. Holds no
 * state: safe for use by any thread.
 */
public final class DcgmPageReader {

  /** 64 GPUs with 8 instances each, and the GPUs themselves. */
  public static final int MAX_DEVICES = 64 * 9;

  private static final double MEBIBYTE = 1024 * 1024;

  /** More host names than this say nothing more. */
  private static final int MAX_HOSTNAMES = 16;

  /** What exporters up to 3.x append when rendering failed after the headers were sent. */
  private static final byte[] WRITE_FAILED =
      "failed to write response\n".getBytes(StandardCharsets.US_ASCII);

  private final DcgmFieldTable table;
  private final UtilizationUnit.Configured configured;
  private final ExpositionReader exposition = new ExpositionReader(ExpositionLimits.DEFAULT);

  /** A reader that knows these fields. */
  public DcgmPageReader(DcgmFieldTable table) {
    this(table, UtilizationUnit.Configured.AUTO);
  }

  /**
   * A reader that knows these fields.
   *
   * @param configured what {@code GPU_UTIL_RATIO} is counted in when a page does not tell
   */
  public DcgmPageReader(DcgmFieldTable table, UtilizationUnit.Configured configured) {
    this.table = table;
    this.configured = configured;
  }

  private record DeviceKey(String uuid, @Nullable String instanceId) {}

  /**
   * Reads a page.
   *
   * @param earlier {@link DcgmPage#utilizationUnit} of the page before from the same target
   */
  public DcgmReading read(byte[] body, @Nullable UtilizationUnit earlier) {
    return switch (exposition.read(body)) {
      case ExpositionResult.Refused(var reason, int line) ->
          new DcgmReading.Refused(reason.label(), line);
      case ExpositionResult.Page page -> understand(page, !page.cut() && !isFailed(body), earlier);
    };
  }

  private DcgmReading understand(
      ExpositionResult.Page page, boolean complete, @Nullable UtilizationUnit earlier) {
    DcgmDialect dialect = dialect(page.samples());
    List<ExpositionSample> ambiguous = page.samples().stream().filter(this::isAmbiguous).toList();
    UtilizationUnit unit =
        ambiguous.isEmpty() || dialect == null
            ? earlier
            : UtilizationUnit.decide(page, ambiguous, dialect, earlier, configured);
    var devices = new LinkedHashMap<DeviceKey, DeviceRows>();
    Set<String> hostnames = new LinkedHashSet<>();
    int blanks = 0;
    int unused = 0;
    int dropped = 0;
    for (ExpositionSample row : page.samples()) {
      String uuid = DcgmLabels.uuid(row);
      if (uuid == null || !isDcgm(row) || DcgmLabels.isOfAnotherEntity(row)) {
        unused++;
        continue;
      }
      var key = new DeviceKey(uuid, DcgmLabels.instanceId(row));
      DeviceRows rows = devices.computeIfAbsent(key, k -> new DeviceRows(k.uuid(), k.instanceId()));
      if (devices.size() > MAX_DEVICES) {
        return new DcgmReading.Refused("too_many_devices", 0);
      }
      rows.describe(row);
      addHostname(hostnames, row);
      DcgmField field = table.byName(row.name());
      DeviceProperty property = field == null ? null : field.property();
      if (Blank.isBlank(row.value())) {
        blanks++;
      } else if (field == null || property == null) {
        unused++;
      } else {
        double value = toBaseUnit(field, row.value(), unit);
        if (property.isPossible(value)) {
          rows.add(field, property, value, row);
        } else {
          dropped++;
        }
      }
    }
    dropped += devices.values().stream().mapToInt(DeviceRows::contradictions).sum();
    return new DcgmReading.Understood(
        new DcgmPage(
            toDevices(devices),
            dialect,
            hostnames,
            page.sampleLines(),
            page.counts(),
            blanks,
            unused,
            dropped,
            complete,
            unit));
  }

  private static List<DcgmDevice> toDevices(Map<DeviceKey, DeviceRows> rows) {
    var devices = new ArrayList<DcgmDevice>(rows.size());
    rows.values().forEach(r -> devices.add(r.toDevice()));
    return devices;
  }

  private boolean isAmbiguous(ExpositionSample row) {
    DcgmField field = table.byName(row.name());
    return field != null && field.unit() == DcgmUnit.RATIO_OR_PERCENT;
  }

  private static double toBaseUnit(DcgmField field, double value, @Nullable UtilizationUnit unit) {
    return switch (field.unit()) {
      case RATIO_OR_PERCENT -> UtilizationUnit.toRatio(value, unit);
      // Divided, not multiplied by 0.01: 7 % is 0.07, not 0.07000000000000001.
      case PERCENT -> value / 100;
      case MEBIBYTES -> value * MEBIBYTE;
      case MILLIJOULES -> value / 1000;
      case BYTES, RATIO, CELSIUS, WATTS, JOULES, COUNT, NONE -> value;
    };
  }

  private static void addHostname(Set<String> hostnames, ExpositionSample row) {
    String hostname = DcgmLabels.hostname(row);
    if (hostname != null && hostnames.size() < MAX_HOSTNAMES) {
      hostnames.add(hostname);
    }
  }

  private static boolean isDcgm(ExpositionSample row) {
    return row.name().startsWith("DCGM_") || row.name().startsWith("dcgm_");
  }

  private @Nullable DcgmDialect dialect(List<ExpositionSample> rows) {
    DcgmDialect found = null;
    for (ExpositionSample row : rows) {
      if (isDcgm(row)) {
        DcgmField field = table.byName(row.name());
        DcgmDialect of =
            field != null
                ? field.dialect()
                : row.name().startsWith("dcgm_") ? DcgmDialect.V1 : DcgmDialect.V2_TO_4_8;
        if (of == DcgmDialect.V4_9 || DcgmLabels.hasNewDriverLabel(row)) {
          return DcgmDialect.V4_9;
        }
        found = found == null || of.compareTo(found) > 0 ? of : found;
      }
    }
    return found;
  }

  private static boolean isFailed(byte[] body) {
    int start = body.length - WRITE_FAILED.length;
    return start >= 0
        && Arrays.equals(body, start, body.length, WRITE_FAILED, 0, WRITE_FAILED.length);
  }
}
