package io.gpuscaling.exporter.dcgm;

import io.gpuscaling.core.exposition.ExpositionLimits;
import io.gpuscaling.core.exposition.ExpositionReader;
import io.gpuscaling.core.exposition.ExpositionResult;
import io.gpuscaling.core.exposition.ExpositionSample;
import io.gpuscaling.core.metric.Labels;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
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

  /**
   * What the labels of a row say. The exposition reader gives the rows of one label set the same
   * object, so that they are looked through once.
   *
   * @param device null when the row is of no GPU
   * @param ofPod whether it is a copy for a pod
   */
  private record RowLabels(@Nullable DeviceRows device, boolean ofPod) {

    private static final RowLabels OF_NO_GPU = new RowLabels(null, false);
  }

  private DcgmReading understand(
      ExpositionResult.Page page, boolean complete, @Nullable UtilizationUnit earlier) {
    Survey survey = survey(page.samples());
    UtilizationUnit unit =
        survey.ambiguous.isEmpty() || survey.dialect == null
            ? earlier
            : UtilizationUnit.decide(page, survey.ambiguous, survey.dialect, earlier, configured);
    var devices = new LinkedHashMap<DeviceKey, DeviceRows>();
    var known = new IdentityHashMap<Labels, RowLabels>();
    Set<String> hostnames = new LinkedHashSet<>();
    int blanks = 0;
    int unused = 0;
    int dropped = 0;
    for (ExpositionSample row : page.samples()) {
      if (!isDcgm(row.name())) {
        unused++;
        continue;
      }
      RowLabels labels =
          known.computeIfAbsent(row.series().labels(), _ -> labels(row, devices, hostnames));
      DeviceRows rows = labels.device();
      if (rows == null) {
        unused++;
        continue;
      }
      if (devices.size() > MAX_DEVICES) {
        return new DcgmReading.Refused("too_many_devices", 0);
      }
      DcgmField field = table.byName(row.name());
      DeviceProperty property = field == null ? null : field.property();
      if (Blank.isBlank(row.value())) {
        blanks++;
      } else if (field == null || property == null) {
        unused++;
      } else {
        double value = toBaseUnit(field, row.value(), unit);
        if (property.isPossible(value)) {
          rows.add(field, property, value, labels.ofPod(), row);
        } else {
          dropped++;
        }
      }
    }
    dropped += devices.values().stream().mapToInt(DeviceRows::contradictions).sum();
    return new DcgmReading.Understood(
        new DcgmPage(
            toDevices(devices),
            survey.dialect,
            hostnames,
            page.sampleLines(),
            page.counts(),
            blanks,
            unused,
            dropped,
            complete,
            unit));
  }

  private static RowLabels labels(
      ExpositionSample row, Map<DeviceKey, DeviceRows> devices, Set<String> hostnames) {
    String uuid = DcgmLabels.uuid(row);
    if (uuid == null || DcgmLabels.isOfAnotherEntity(row)) {
      return RowLabels.OF_NO_GPU;
    }
    var key = new DeviceKey(uuid, DcgmLabels.instanceId(row));
    DeviceRows rows = devices.computeIfAbsent(key, k -> new DeviceRows(k.uuid(), k.instanceId()));
    rows.describe(row);
    addHostname(hostnames, row);
    return new RowLabels(rows, DcgmLabels.pod(row) != null);
  }

  private static List<DcgmDevice> toDevices(Map<DeviceKey, DeviceRows> rows) {
    var devices = new ArrayList<DcgmDevice>(rows.size());
    rows.values().forEach(r -> devices.add(r.toDevice()));
    return devices;
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

  private static boolean isDcgm(String name) {
    return name.startsWith("DCGM_") || name.startsWith("dcgm_");
  }

  /**
   * What must be known of a page before its values can be read.
   *
   * @param ambiguous the rows whose unit their name does not tell
   */
  private record Survey(@Nullable DcgmDialect dialect, List<ExpositionSample> ambiguous) {}

  private Survey survey(List<ExpositionSample> rows) {
    DcgmDialect found = null;
    var ambiguous = new ArrayList<ExpositionSample>();
    Set<Labels> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    for (ExpositionSample row : rows) {
      DcgmField field = table.byName(row.name());
      if (field != null && field.unit() == DcgmUnit.RATIO_OR_PERCENT) {
        ambiguous.add(row);
      }
      if (isDcgm(row.name())) {
        DcgmDialect of = field != null ? field.dialect() : dialectOf(row.name());
        boolean baseUnits = seen.add(row.series().labels()) && DcgmLabels.hasNewDriverLabel(row);
        of = baseUnits ? DcgmDialect.V4_9 : of;
        found = found == null || of.compareTo(found) > 0 ? of : found;
      }
    }
    return new Survey(found, ambiguous);
  }

  private static DcgmDialect dialectOf(String name) {
    return name.startsWith("dcgm_") ? DcgmDialect.V1 : DcgmDialect.V2_TO_4_8;
  }

  private static boolean isFailed(byte[] body) {
    int start = body.length - WRITE_FAILED.length;
    return start >= 0
        && Arrays.equals(body, start, body.length, WRITE_FAILED, 0, WRITE_FAILED.length);
  }
}
