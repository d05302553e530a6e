package io.gpuscaling.exporter.lease;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The pods that are being taken away, and which of their sessions know it. A session <em>knows</em>
 * when it has renewed after it was told: that renewal was sent after the answer had come, so it
 * names every task that the worker had begun before. Not safe for use by several threads.
 */
final class DrainingPods {

  private final Map<PodIdentity, Mark> marks = new LinkedHashMap<>();

  private enum Knowledge {
    TOLD,
    KNOWS
  }

  private record Mark(long untilNanos, Map<String, Knowledge> sessions) {}

  /** Marks a pod, or repeats it. */
  void mark(PodIdentity pod, long untilNanos) {
    Mark before = marks.remove(pod); // to the end of the order
    marks.put(pod, new Mark(untilNanos, before == null ? new HashMap<>() : before.sessions()));
    if (marks.size() > LeaseLimits.MAX_DRAINING_PODS) {
      Iterator<PodIdentity> oldest = marks.keySet().iterator();
      oldest.next();
      oldest.remove();
    }
  }

  /** The marks; which sessions know is not kept: they are told again. */
  List<LeaseState.DrainingPod> state(long nowNanos) {
    return marks.entrySet().stream()
        .map(each ->
            new LeaseState.DrainingPod(each.getKey(), each.getValue().untilNanos() - nowNanos))
        .toList();
  }

  /** Forgets marks that were not repeated. */
  void forget(long nowNanos) {
    marks.values().removeIf(mark -> nowNanos - mark.untilNanos() >= 0);
  }

  boolean isMarked(PodIdentity pod) {
    return marks.containsKey(pod);
  }

  /** A session renews; what it was told before it knows from now on. */
  void renewed(PodIdentity pod, String session) {
    Mark mark = marks.get(pod);
    if (mark != null) {
      mark.sessions().replace(session, Knowledge.KNOWS);
    }
  }

  /**
   * A session gets an answer.
   *
   * @return whether the answer says that the pod is being taken away
   */
  boolean tell(PodIdentity pod, String session) {
    Mark mark = marks.get(pod);
    if (mark == null) {
      return false;
    }
    mark.sessions().putIfAbsent(session, Knowledge.TOLD);
    return true;
  }

  /** Whether a session knows. */
  boolean knows(PodIdentity pod, String session) {
    Mark mark = marks.get(pod);
    return mark != null && mark.sessions().get(session) == Knowledge.KNOWS;
  }

  /** A session is gone. */
  void ended(PodIdentity pod, String session) {
    Mark mark = marks.get(pod);
    if (mark != null) {
      mark.sessions().remove(session);
    }
  }
}
