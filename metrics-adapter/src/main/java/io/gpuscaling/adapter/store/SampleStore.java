package io.gpuscaling.adapter.store;

import io.gpuscaling.core.time.Ticker;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/**
 * Keeps the newest samples of every contributor. Writers are the ingest streams, one thread at a
 * time for each stream; readers take {@link #snapshot}, one volatile read, and never wait.
 *
 * <p>A contributor that goes silent is not forgotten at once: its samples age, and whoever reads
 * them judges the age. It is forgotten after {@code retention}, so that the memory is bounded by
 * the contributors of that time.
 */
public final class SampleStore {

  private final Ticker ticker;
  private final long retentionNanos;

  /** Locks are taken in this order: an entry of this map, its {@link Held}, the publishing. */
  private final Map<Contributor, Held> held = new ConcurrentHashMap<>();

  private final Object publishing = new Object();
  private volatile StoreSnapshot snapshot = StoreSnapshot.EMPTY;

  /**
   * A store without samples.
   *
   * @param retention how long a silent contributor is kept; longer than every staleness limit
   */
  public SampleStore(Ticker ticker, Duration retention) {
    this.ticker = ticker;
    this.retentionNanos = retention.toNanos();
  }

  /** A contributor's state and who writes it. */
  private static final class Held {
    private final ContributorState state;
    private long epoch;
    private long heardAtNanos;

    Held(Contributor contributor) {
      state = new ContributorState(contributor);
    }
  }

  /**
   * Starts a stream of a contributor. A later stream of the same contributor takes over from an
   * earlier one, whose updates are ignored from then on: after a reconnect the old connection may
   * linger.
   *
   * @return the stream's right to write
   */
  public Writer open(Contributor contributor) {
    long[] epoch = new long[1];
    // Within compute, so that forgetSilent cannot take the entry away in between.
    Held mine =
        held.compute(
            contributor,
            (_, known) -> {
              Held entry = known == null ? new Held(contributor) : known;
              synchronized (entry) {
                entry.heardAtNanos = ticker.nanos();
                epoch[0] = ++entry.epoch;
              }
              return entry;
            });
    return new Writer(mine, epoch[0]);
  }

  /** What is known now. */
  public StoreSnapshot snapshot() {
    return snapshot;
  }

  /**
   * Forgets contributors that have been silent for longer than the retention. Call it now and then.
   */
  public void forgetSilent() {
    long now = ticker.nanos();
    for (Contributor contributor : held.keySet()) {
      held.computeIfPresent(
          contributor,
          (_, entry) -> {
            synchronized (entry) {
              if (now - entry.heardAtNanos <= retentionNanos) {
                return entry;
              }
              entry.epoch++; // a writer that wakes up again must open anew
              publish(last -> last.without(contributor));
              return null;
            }
          });
    }
  }

  private void publish(UnaryOperator<StoreSnapshot> change) {
    synchronized (publishing) {
      snapshot = change.apply(snapshot);
    }
  }

  /** The right of one stream to write for its contributor. */
  public final class Writer {
    private final Held mine;
    private final long epoch;

    private Writer(Held mine, long epoch) {
      this.mine = mine;
      this.epoch = epoch;
    }

    /**
     * Takes an update in; readers see it when this returns.
     *
     * @return false when a later stream has taken over or the contributor was forgotten; nothing
     *     was changed then
     */
    public boolean apply(ContributorUpdate update) {
      synchronized (mine) {
        if (mine.epoch != epoch) {
          return false;
        }
        mine.heardAtNanos = ticker.nanos();
        ContributorSnapshot news = mine.state.apply(update);
        publish(last -> last.with(news));
        return true;
      }
    }
  }
}
