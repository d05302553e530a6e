package io.gpuscaling.adapter.slot;

import java.util.Optional;

/** Who serves an API group's version in this cluster. */
sealed interface SlotOwner {

  /** This program: the APIService leads to its Service. */
  record Ours() implements SlotOwner {}

  /** Another product. */
  record Other(ServiceReference service) implements SlotOwner {}

  /** The API server itself. */
  record Local() implements SlotOwner {}

  /** There is no APIService. */
  record Nobody() implements SlotOwner {}

  /** Who owns what is seen; pure. */
  static SlotOwner of(Optional<ApiServiceView> seen, ServiceReference own) {
    return seen.<SlotOwner>map(view ->
            view.service()
                .<SlotOwner>map(
                    service -> service.isSameServiceAs(own) ? new Ours() : new Other(service))
                .orElseGet(Local::new))
        .orElseGet(Nobody::new);
  }

  /** The word in the metric. */
  default String label() {
    return switch (this) {
      case Ours _ -> "ours";
      case Other _ -> "other";
      case Local _ -> "local";
      case Nobody _ -> "nobody";
    };
  }
}
