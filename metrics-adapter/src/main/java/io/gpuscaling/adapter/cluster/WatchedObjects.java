package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All objects of one kind, as facts: an informer whose store forgets the objects and keeps their
 * names. Lists again and watches on after every failure. Safe for use by any thread.
 *
 * @param <T> the objects
 * @param <F> what is kept of them
 */
final class WatchedObjects<T extends HasMetadata, F> implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(WatchedObjects.class);

  private final String kind;
  private final SharedIndexInformer<T> informer;
  private final FactStore<T, F> store;

  /** Said once, and again when it is another one. */
  private final AtomicReference<String> lastFailure = new AtomicReference<>("");

  /**
   * Watches nothing yet.
   *
   * @param informer not started
   * @param fact takes from an object what is kept
   * @param changed told after each change, on the informer's thread
   */
  WatchedObjects(
      String kind, SharedIndexInformer<T> informer, Function<T, F> fact, Runnable changed) {
    this.kind = kind;
    this.informer = informer;
    this.store = new FactStore<>(fact, changed);
    informer.itemStore(store);
    informer.exceptionHandler(this::retry);
  }

  void start() {
    var _ = informer.start();
  }

  /** Whether everything has been read once; all facts are there then. */
  boolean hasSynced() {
    return informer.hasSynced();
  }

  String kind() {
    return kind;
  }

  /** Why it could not be watched last; empty while it never failed. */
  String failure() {
    return lastFailure.get();
  }

  Collection<F> facts() {
    return store.facts();
  }

  private boolean retry(boolean isStarted, Throwable failure) {
    String reason = String.valueOf(failure.getMessage());
    if (!reason.equals(lastFailure.getAndSet(reason))) {
      log.atWarn()
          .addKeyValue("kind", kind)
          .addKeyValue("reason", reason)
          .log("objects cannot be watched; trying again");
    }
    return true;
  }

  @Override
  public void close() {
    informer.stop();
  }
}
