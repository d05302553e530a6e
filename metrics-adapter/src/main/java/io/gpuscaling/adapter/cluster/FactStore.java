package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The memory of an informer: of each object the facts that are wanted, and the names by which the
 * informer finds out which objects have gone. A whole Pod takes tens of KiB, this takes some
 * hundred bytes. Facts are taken here and not in an event handler, since handlers run behind: when
 * the informer calls itself synced, every fact is here. Safe for use by any thread.
 *
 * @param <T> the objects
 * @param <F> the facts
 */
final class FactStore<T extends HasMetadata, F> implements ItemStore<T> {

  private final Function<T, F> fact;
  private final Runnable changed;
  private final Map<String, T> names = new ConcurrentHashMap<>();
  private final Map<String, F> facts = new ConcurrentHashMap<>();

  /**
   * An empty store.
   *
   * @param fact takes from an object what is kept; must not throw
   * @param changed told after each change
   */
  FactStore(Function<T, F> fact, Runnable changed) {
    this.fact = fact;
    this.changed = changed;
  }

  Collection<F> facts() {
    return facts.values();
  }

  @Override
  public String getKey(T object) {
    return object.getMetadata().getNamespace() + "/" + object.getMetadata().getName();
  }

  @Override
  public @Nullable T put(String key, T object) {
    facts.put(key, fact.apply(object));
    T before = names.put(key, namesOf(object));
    changed.run();
    return before;
  }

  /** An object of the same class with nothing but its names. */
  @SuppressWarnings("unchecked") // the constructor of its own class
  private T namesOf(T object) {
    ObjectMeta whole = object.getMetadata();
    ObjectMeta names =
        new ObjectMetaBuilder()
            .withNamespace(whole.getNamespace())
            .withName(whole.getName())
            .withUid(whole.getUid())
            .withResourceVersion(whole.getResourceVersion())
            .build();
    try {
      T named = (T) object.getClass().getDeclaredConstructor().newInstance();
      named.setMetadata(names);
      return named;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          "the model's classes have a constructor without arguments", e);
    }
  }

  @Override
  public @Nullable T remove(String key) {
    facts.remove(key);
    T before = names.remove(key);
    changed.run();
    return before;
  }

  @Override
  public Stream<String> keySet() {
    return names.keySet().stream();
  }

  @Override
  public Stream<T> values() {
    return names.values().stream();
  }

  @Override
  public @Nullable T get(String key) {
    return names.get(key);
  }

  @Override
  public int size() {
    return names.size();
  }

  @Override
  public boolean isFullState() {
    return false;
  }
}
