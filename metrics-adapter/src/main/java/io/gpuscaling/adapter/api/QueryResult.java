package io.gpuscaling.adapter.api;

import java.util.List;

/**
 * What a query came to.
 *
 * @param <T> {@link ExternalItem} or {@link CustomItem}
 */
public sealed interface QueryResult<T> {

  /**
   * The values: complete, fresh, and nothing that was not asked for. Empty only when the selectors
   * legally match nothing: "no data" is {@link QueryFailure.Unavailable}.
   *
   * @param items a list in an order that does not change between equal queries
   */
  record Items<T>(List<T> items) implements QueryResult<T> {

    /** Copies the list. */
    public Items {
      items = List.copyOf(items);
    }
  }

  /** No values, and why. */
  record Failed<T>(QueryFailure failure) implements QueryResult<T> {}
}
