package io.gpuscaling.demo.api;

import io.gpuscaling.policy.hpa.MetricReading;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** What the external metrics API answered for one metric. */
public sealed interface ApiAnswer {

  /**
   * One item.
   *
   * @param milli its value, in thousandths
   */
  record Item(Map<String, String> labels, long milli) {

    /** Copies. */
    public Item {
      labels = Map.copyOf(labels);
    }
  }

  /** Items; maybe none. */
  record Items(List<Item> items) implements ApiAnswer {

    /** Copies. */
    public Items {
      items = List.copyOf(items);
    }
  }

  /**
   * An error, or no answer.
   *
   * @param code the HTTP status, 0 without an answer
   * @param message the sentence for people
   */
  record Refused(int code, String message) implements ApiAnswer {}

  /** As an HPA takes it: the sum, and an empty list is no value. */
  default MetricReading reading() {
    return switch (this) {
      case Items(List<Item> items) when items.isEmpty() ->
          new MetricReading.Missing("no metrics returned from external metrics API");
      case Items(List<Item> items) ->
          new MetricReading.Read(items.stream().mapToLong(Item::milli).sum());
      case Refused(int code, String message) ->
          new MetricReading.Missing(code == 0 ? message : code + ": " + message);
    };
  }

  /** The sum of the items with a label of this value, in thousandths; empty when there is none. */
  default OptionalLong sumOf(String label, String value) {
    return switch (this) {
      case Items(List<Item> items) -> {
        List<Item> matching =
            items.stream().filter(item -> value.equals(item.labels().get(label))).toList();
        yield matching.isEmpty()
            ? OptionalLong.empty()
            : OptionalLong.of(matching.stream().mapToLong(Item::milli).sum());
      }
      case Refused _ -> OptionalLong.empty();
    };
  }
}
