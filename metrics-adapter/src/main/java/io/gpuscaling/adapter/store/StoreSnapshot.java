package io.gpuscaling.adapter.store;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What all contributors say now. Immutable; readers take it once for each request. */
public final class StoreSnapshot {

  /** Nothing yet. */
  public static final StoreSnapshot EMPTY = new StoreSnapshot(Map.of(), new ContributorSnapshot[0]);

  /**
   * Where each contributor is in {@link #held}. Shared by the snapshots between two changes of who
   * contributes, so that an update copies an array of references and no map.
   */
  private final Map<Contributor, Integer> slots;

  private final ContributorSnapshot[] held;

  private StoreSnapshot(Map<Contributor, Integer> slots, ContributorSnapshot[] held) {
    this.slots = slots;
    this.held = held;
  }

  /** All contributors, in no order. */
  public Collection<ContributorSnapshot> contributors() {
    return Collections.unmodifiableList(Arrays.asList(held));
  }

  /** One of them, or null when it has never reported or was forgotten. */
  public @Nullable ContributorSnapshot contributor(Contributor contributor) {
    Integer slot = slots.get(contributor);
    return slot == null ? null : held[slot];
  }

  /** The same with what one contributor says now. */
  StoreSnapshot with(ContributorSnapshot news) {
    Integer slot = slots.get(news.contributor());
    if (slot != null) {
      ContributorSnapshot[] next = held.clone();
      next[slot] = news;
      return new StoreSnapshot(slots, next);
    }
    ContributorSnapshot[] next = Arrays.copyOf(held, held.length + 1);
    next[held.length] = news;
    return of(next);
  }

  /** The same without one contributor. */
  StoreSnapshot without(Contributor contributor) {
    return slots.containsKey(contributor)
        ? of(
            Arrays.stream(held)
                .filter(each -> !each.contributor().equals(contributor))
                .toArray(ContributorSnapshot[]::new))
        : this;
  }

  private static StoreSnapshot of(ContributorSnapshot[] held) {
    Map<Contributor, Integer> slots = HashMap.newHashMap(held.length);
    for (int slot = 0; slot < held.length; slot++) {
      slots.put(held[slot].contributor(), slot);
    }
    return new StoreSnapshot(slots, held);
  }
}
