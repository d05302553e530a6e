package io.gpuscaling.adapter.slot;

import java.util.Optional;

/** What is to be done to an APIService. */
sealed interface SlotAction {

  /** Nothing. */
  record Leave() implements SlotAction {}

  /** Put these authorities into it: it is ours, and the API server would not trust us else. */
  record PutAuthorities(String caBundle) implements SlotAction {}

  /**
   * Make it lead to our Service.
   *
   * @param caBundle the authorities of our certificate; empty to leave the field alone
   */
  record TakeOver(String caBundle) implements SlotAction {}

  /**
   * Decides; pure.
   *
   * @param isServed whether this program serves that version at all
   * @param authorities the authorities of our certificate, if they are known here
   */
  static SlotAction decide(
      Optional<ApiServiceView> seen,
      boolean isServed,
      SlotSettings settings,
      Optional<String> authorities) {
    if (seen.isEmpty() || !isServed) {
      return new Leave(); // never made, never removed
    }
    return switch (SlotOwner.of(seen, settings.service())) {
      case SlotOwner.Ours _ ->
          authorities.isPresent() && !authorities.get().equals(seen.get().caBundle())
              ? new PutAuthorities(authorities.get())
              : new Leave();
      case SlotOwner.Other _, SlotOwner.Local _ ->
          settings.takesOver() ? new TakeOver(authorities.orElse("")) : new Leave();
      case SlotOwner.Nobody _ -> new Leave();
    };
  }
}
