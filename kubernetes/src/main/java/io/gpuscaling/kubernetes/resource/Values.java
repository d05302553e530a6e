package io.gpuscaling.kubernetes.resource;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** The fields of a structure as they were understood, defaults filled in. */
public final class Values {

  private final Map<String, Object> values;
  private final Map<String, Object> written;
  private final Set<String> faulty;

  Values(Map<String, Object> values, Map<String, Object> written, Set<String> faulty) {
    this.values = Map.copyOf(values);
    this.written = Map.copyOf(written);
    this.faulty = Set.copyOf(faulty);
  }

  /** Whether a field is there, by its default or as written, be it right or wrong. */
  public boolean has(String name) {
    return values.containsKey(name) || faulty.contains(name);
  }

  /** Whether a field could not be understood. */
  public boolean isFaulty(String name) {
    return faulty.contains(name);
  }

  /** A text. */
  public Optional<String> text(String name) {
    return get(name, String.class);
  }

  /** A whole number. */
  public OptionalInt whole(String name) {
    return get(name, Integer.class).map(OptionalInt::of).orElse(OptionalInt.empty());
  }

  /** A number. */
  public Optional<Double> amount(String name) {
    return get(name, Double.class);
  }

  /** Yes or no; a field that is not there is no. */
  public boolean truth(String name) {
    return get(name, Boolean.class).orElse(false);
  }

  /** A span of time. */
  public Optional<Duration> span(String name) {
    return get(name, Duration.class);
  }

  /** An instant. */
  public Optional<Instant> moment(String name) {
    return get(name, Instant.class);
  }

  /** A structure. */
  public Optional<Values> child(String name) {
    return get(name, Values.class);
  }

  /** A list of structures; empty when it is not there. */
  public List<Values> children(String name) {
    return get(name, List.class).stream()
        .flatMap(list -> ((List<?>) list).stream())
        .map(Values.class::cast)
        .toList();
  }

  /** A list of texts; empty when it is not there. */
  public List<String> texts(String name) {
    return get(name, List.class).stream()
        .flatMap(list -> ((List<?>) list).stream())
        .map(String.class::cast)
        .toList();
  }

  /** Texts by key; empty when they are not there. */
  public Map<String, String> entries(String name) {
    return get(name, TextEntries.class).map(TextEntries::entries).orElse(Map.of());
  }

  Optional<String> shown(String name) {
    return Optional.ofNullable(written.get(name))
        .filter(value -> !(value instanceof Map) && !(value instanceof List))
        .map(String::valueOf);
  }

  private <T> Optional<T> get(String name, Class<T> type) {
    return Optional.ofNullable(values.get(name)).map(type::cast);
  }

  /** Tells a map of texts from a structure. */
  record TextEntries(Map<String, String> entries) {}
}
