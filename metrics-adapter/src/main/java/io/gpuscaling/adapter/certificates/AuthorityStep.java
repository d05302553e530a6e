package io.gpuscaling.adapter.certificates;

import java.time.Instant;

/** What is to be done next to the shared authorities. */
sealed interface AuthorityStep {

  /** Nothing. */
  record Keep() implements AuthorityStep {}

  /** Add the authority that is to sign next to the bundle. */
  record Announce() implements AuthorityStep {}

  /** Note that the bundle has got everywhere. */
  record NotePublished() implements AuthorityStep {}

  /** Let the announced authority sign. */
  record Promote(Identity next) implements AuthorityStep {}

  /** Take the old ones out of the bundle. */
  record Forget() implements AuthorityStep {}

  /**
   * Decides; pure.
   *
   * @param isPublished whether the bundle of this state is everywhere
   */
  static AuthorityStep of(
      AuthorityState state, boolean isPublished, RotationSettings settings, Instant now) {
    if (state.next().isPresent()) {
      Identity next = state.next().get();
      if (state.publishedAt().isEmpty()) {
        return isPublished ? new NotePublished() : new Keep();
      }
      // A clock that is behind waits a little longer; nobody promotes what is not published now.
      boolean isKnownEverywhere =
          !now.isBefore(state.publishedAt().get().plus(settings.overlap())) && isPublished;
      return isKnownEverywhere ? new Promote(next) : new Keep();
    }
    if (!now.isBefore(RotationSettings.renewalOf(state.signer()))) {
      return new Announce();
    }
    // Whatever the old ones have signed has ended by then.
    boolean areSpent = !now.isBefore(state.promotedAt().plus(settings.validity()));
    return !state.retired().isEmpty() && areSpent ? new Forget() : new Keep();
  }
}
