package io.gpuscaling.exporter.latest;

import io.gpuscaling.core.metric.SourceSnapshot;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Keeps what each source said last. Sources publish from their own threads; readers take {@link
 * #snapshot}, one volatile read, and never wait.
 */
public final class LatestSamples {

  /**
   * What all sources say now. Immutable.
   *
   * @param sources by name, in the order of the names
   */
  public record Snapshot(SortedMap<String, SourceSnapshot> sources) {

    /** Nothing yet. */
    public static final Snapshot EMPTY = new Snapshot(new TreeMap<>());

    /** Copies the map. */
    public Snapshot {
      sources = Collections.unmodifiableSortedMap(new TreeMap<>(sources));
    }

    private Snapshot with(SourceSnapshot source) {
      var all = new TreeMap<>(sources);
      all.put(source.source(), source);
      return new Snapshot(all);
    }
  }

  /** Ends the telling of changes. */
  @FunctionalInterface
  public interface Subscription extends AutoCloseable {
    @Override
    void close();
  }

  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private volatile Snapshot snapshot = Snapshot.EMPTY;

  /** Takes over what a source says now in place of what it said before. */
  public void publish(SourceSnapshot source) {
    synchronized (this) {
      snapshot = snapshot.with(source);
    }
    listeners.forEach(Runnable::run);
  }

  /** What is known now. */
  public Snapshot snapshot() {
    return snapshot;
  }

  /**
   * Has somebody told of each change, on the thread of the source that made it: it must only wake
   * another.
   *
   * @return ends the telling
   */
  public Subscription onChange(Runnable listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }
}
