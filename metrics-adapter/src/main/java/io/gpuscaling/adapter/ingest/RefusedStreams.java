package io.gpuscaling.adapter.ingest;

import io.gpuscaling.adapter.store.Contributor;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What each contributor's streams were refused for last, so that an exporter that breaks the same
 * rule at each of its tries is one line in the log. Safe for use by any thread.
 */
final class RefusedStreams {

  private final int maxKept;
  private final Map<Contributor, String> last = new ConcurrentHashMap<>();

  /**
   * Nothing was refused yet.
   *
   * @param maxKept most contributors that are remembered; one more, and all are forgotten
   */
  RefusedStreams(int maxKept) {
    this.maxKept = maxKept;
  }

  /** Notes a refusal; says whether it is another one than the contributor's last. */
  boolean isNews(Contributor contributor, String problem) {
    if (last.size() >= maxKept && !last.containsKey(contributor)) {
      last.clear();
    }
    return !problem.equals(last.put(contributor, problem));
  }

  /** Notes that a contributor keeps to the rules. */
  void mended(Contributor contributor) {
    if (!last.isEmpty()) {
      last.remove(contributor);
    }
  }
}
