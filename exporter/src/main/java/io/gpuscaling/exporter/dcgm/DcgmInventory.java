package io.gpuscaling.exporter.dcgm;

import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.exporter.dcgm.PageParts.Kind;
import io.gpuscaling.exporter.dcgm.PageParts.Part;
import io.gpuscaling.exporter.dcgm.PageParts.PartLabels;
import io.gpuscaling.exporter.dcgm.PageParts.Shown;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turns pages into samples and remembers what was seen: a GPU, or one value of it, that a page does
 * not show any more is unknown, not one less. It is forgotten after {@link #FORGET_AFTER}; at once
 * when the page shows GPUs and none of those that were known (the node is another one), and for the
 * parts of a GPU that now shows a part which is new (it has been divided anew). A GPU that {@link
 * #LOST_AFTER_PAGES} pages in a row do not show is reported lost, and stays so for {@link
 * #LOST_FOR}. Not for several threads.
 */
public final class DcgmInventory {

  /** A value that is not shown for so long is no longer called unknown. */
  static final Duration FORGET_AFTER = Duration.ofMinutes(10);

  /** Pages can miss a GPU for a moment: concurrent collectors, a registry that is built anew. */
  static final int LOST_AFTER_PAGES = 3;

  /** A GPU that has fallen off the bus comes back by a reboot, which also ends this memory. */
  static final Duration LOST_FOR = Duration.ofHours(24);

  /** Beyond this the parts that were not shown for longest are forgotten. */
  static final int MAX_REMEMBERED = 4 * DcgmPageReader.MAX_DEVICES;

  private final Map<Part, Memory> memories = new LinkedHashMap<>();

  /** An inventory that has seen nothing. */
  public DcgmInventory() {}

  private static final class Memory {
    private PartLabels labels;
    private String healthReason = "";
    private long seenAtNanos;
    private int missedPages;
    private final Map<ServedMetric, Long> valueAtNanos = new EnumMap<>(ServedMetric.class);

    Memory(PartLabels labels) {
      this.labels = labels;
    }

    void see(Shown now, long atNanos) {
      labels = now.labels();
      seenAtNanos = atNanos;
      missedPages = 0;
      for (ServedMetric metric : now.values().keySet()) {
        valueAtNanos.put(metric, atNanos);
      }
    }
  }

  /**
   * The samples of a page: all that it shows, and unknown for what is remembered besides.
   *
   * @param holders who holds what, where the page does not say
   */
  public List<Sample> observe(DcgmPage page, DeviceHolders holders, long observedAtNanos) {
    return observe(page.devices(), holders, observedAtNanos);
  }

  /** The same for devices that another source than a page shows. */
  List<Sample> observe(List<DcgmDevice> devices, DeviceHolders holders, long observedAtNanos) {
    Map<Part, Shown> shown = PageParts.of(devices, holders);
    forget(shown.keySet(), observedAtNanos);
    memories.forEach((part, memory) -> memory.missedPages++);
    shown.forEach((part, now) -> {
      Memory memory = memories.remove(part);
      if (memory == null) {
        memory = new Memory(now.labels());
      }
      memory.see(now, observedAtNanos);
      memories.put(part, memory);
    });
    trim();
    var samples = new ArrayList<Sample>();
    memories.forEach((part, memory) -> {
      Shown now = shown.get(part);
      for (ServedMetric metric : memory.valueAtNanos.keySet()) {
        SampleValue value = now == null ? null : now.values().get(metric);
        samples.add(
            new Sample(
                memory.labels.series(metric),
                value == null ? SampleValue.unknown(UnknownReason.NOT_REPORTED) : value,
                observedAtNanos));
      }
      if (part.kind() == Kind.BOARD) {
        samples.add(health(memory, now == null ? null : now.health(), observedAtNanos));
      }
    });
    return samples;
  }

  private static Sample health(Memory memory, @Nullable DeviceHealth shown, long observedAtNanos) {
    DeviceHealth health = shown;
    if (health == null) {
      health =
          memory.missedPages >= LOST_AFTER_PAGES
              ? DeviceHealth.LOST
              : new DeviceHealth(
                  SampleValue.unknown(UnknownReason.NOT_REPORTED), memory.healthReason);
    }
    memory.healthReason = health.reason();
    return new Sample(memory.labels.health(health.reason()), health.value(), observedAtNanos);
  }

  int remembered() {
    return memories.size();
  }

  private void forget(Set<Part> shown, long now) {
    Set<String> dividedAnew = new HashSet<>();
    boolean anyKnown = false;
    for (Part part : shown) {
      boolean known = memories.containsKey(part);
      anyKnown |= known;
      if (!known) {
        dividedAnew.add(part.uuid());
      }
    }
    if (!shown.isEmpty() && !anyKnown) {
      memories.clear();
      return;
    }
    Iterator<Map.Entry<Part, Memory>> each = memories.entrySet().iterator();
    while (each.hasNext()) {
      Map.Entry<Part, Memory> entry = each.next();
      Part part = entry.getKey();
      Memory memory = entry.getValue();
      memory.valueAtNanos.values().removeIf(seen -> now - seen > FORGET_AFTER.toNanos());
      boolean gone = !shown.contains(part) && dividedAnew.contains(part.uuid());
      boolean nothingLeft =
          part.kind() == Kind.BOARD
              ? now - memory.seenAtNanos > LOST_FOR.toNanos()
              : memory.valueAtNanos.isEmpty();
      if (gone || nothingLeft) {
        each.remove();
      }
    }
  }

  private void trim() {
    Iterator<Part> oldest = memories.keySet().iterator();
    while (memories.size() > MAX_REMEMBERED && oldest.hasNext()) {
      oldest.next();
      oldest.remove();
    }
  }
}
