package io.gpuscaling.exporter.dcgm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes events of XID errors. A page holds the last XID of a GPU, which is never taken back: a
 * change is an event, the same XID again cannot be seen. Where the exporter counts ({@code
 * DCGM_EXP_XID_ERRORS_TOTAL}), each increase is one, and a count that begins. What a GPU shows when
 * it is seen for the first time may be of any age and is none. Not for several threads.
 */
final class XidWatch {

  private final Map<String, Seen> gpus = new LinkedHashMap<>();

  /**
   * XID errors of one GPU since the page before.
   *
   * @param count how many, at least 1
   */
  record Event(String uuid, int xid, long count) {}

  private record Seen(int lastXid, Map<Integer, Double> totals) {}

  /** What a page tells that the page before did not. */
  List<Event> observe(DcgmPage page) {
    Map<String, Seen> shown = new LinkedHashMap<>();
    for (DcgmDevice device : page.devices()) {
      var seen = new Seen(lastXid(device), device.xidTotals());
      shown.merge(device.uuid(), seen, XidWatch::together);
    }
    List<Event> events = new ArrayList<>();
    shown.forEach((uuid, now) -> {
      Seen before = gpus.remove(uuid);
      if (before != null) {
        compare(uuid, before, now, events);
      }
      gpus.put(uuid, now);
    });
    var oldest = gpus.keySet().iterator();
    while (gpus.size() > DcgmInventory.MAX_REMEMBERED && oldest.hasNext()) {
      oldest.next();
      oldest.remove();
    }
    return events;
  }

  private static int lastXid(DcgmDevice device) {
    return device.values().getOrDefault(DeviceProperty.LAST_XID, 0.0).intValue();
  }

  /** Instances repeat what their GPU has. */
  private static Seen together(Seen one, Seen other) {
    var totals = new HashMap<>(one.totals);
    other.totals.forEach((xid, total) -> totals.merge(xid, total, Math::max));
    return new Seen(Math.max(one.lastXid, other.lastXid), totals);
  }

  private static void compare(String uuid, Seen before, Seen now, List<Event> events) {
    if (now.totals.isEmpty() && before.totals.isEmpty()) {
      if (now.lastXid != 0 && now.lastXid != before.lastXid) {
        events.add(new Event(uuid, now.lastXid, 1));
      }
      return;
    }
    now.totals.forEach((xid, total) -> {
      double earlier = before.totals.getOrDefault(xid, 0.0);
      // A count that went down has begun anew.
      double increase = total < earlier ? total : total - earlier;
      if (increase >= 1) {
        events.add(new Event(uuid, xid, (long) increase));
      }
    });
  }
}
