package io.gpuscaling.exporter.latest;

import io.gpuscaling.core.metric.SourceSnapshot;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Keeps what each source said last. Sources publish from their own threads; readers take {@link
 * #snapshot}, one volatile read, and never wait.
 */
public final class LatestSamples {

  /** What all sources say now, by name. Immutable. */
  public record Snapshot(Map<String, SourceSnapshot> sources) {

    /** Nothing yet. */
    public static final Snapshot EMPTY = new Snapshot(Map.of());
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
      Map<String, SourceSnapshot> sources = new TreeMap<>(snapshot.sources());
      sources.put(source.source(), source);
      snapshot = new Snapshot(Map.copyOf(sources));
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
