package io.gpuscaling.kubernetes.pods;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.gpuscaling.core.time.Ticker;
import java.time.Duration;

/**
 * Remembers for a moment where a pod is: a pod never changes its node, but it may go. What is not
 * known is asked again. Safe for use by any thread.
 */
public final class CachingPodLookup implements PodLookup {

  private final PodLookup lookup;
  private final Cache<Key, PodPlace> places;

  private record Key(String namespace, String name) {}

  /**
   * A memory in front of a lookup.
   *
   * @param timeToLive for how long a pod that has gone may still be found
   * @param maxEntries most pods that are remembered
   */
  public CachingPodLookup(PodLookup lookup, Duration timeToLive, int maxEntries, Ticker ticker) {
    this.lookup = lookup;
    this.places =
        Caffeine.newBuilder()
            .expireAfterWrite(timeToLive)
            .maximumSize(maxEntries)
            .ticker(ticker::nanos)
            .build();
  }

  @Override
  public PodPlace find(String namespace, String name) {
    var key = new Key(namespace, name);
    PodPlace remembered = places.getIfPresent(key);
    if (remembered != null) {
      return remembered;
    }
    PodPlace place = lookup.find(namespace, name);
    if (place instanceof PodPlace.OnNode) {
      places.put(key, place);
    }
    return place;
  }
}
