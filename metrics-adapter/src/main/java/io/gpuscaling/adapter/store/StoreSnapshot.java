package io.gpuscaling.adapter.store;

import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What all contributors say now. Immutable; readers take it once for each request. */
public final class StoreSnapshot {

  /** Nothing yet. */
  public static final StoreSnapshot EMPTY = new StoreSnapshot(Map.of());

  private final Map<Contributor, ContributorSnapshot> contributors;

  StoreSnapshot(Map<Contributor, ContributorSnapshot> contributors) {
    this.contributors = contributors;
  }

  /** All contributors, in no order. */
  public Collection<ContributorSnapshot> contributors() {
    return contributors.values();
  }

  /** One of them, or null when it has never reported or was forgotten. */
  public @Nullable ContributorSnapshot contributor(Contributor contributor) {
    return contributors.get(contributor);
  }
}
