package io.gpuscaling.cli.render;

import io.gpuscaling.kubernetes.policy.GeneratedHpa;
import java.util.Optional;

/** What the freeze of an HPA left to be restored. */
final class FrozenBounds {

  private FrozenBounds() {}

  /** A sentence; empty when the HPA is not frozen. */
  static Optional<String> of(Doc hpa) {
    String bounds =
        hpa.text(
            "/metadata/annotations/" + GeneratedHpa.FROZEN_BOUNDS_ANNOTATION.replace("/", "~1"));
    return bounds.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "by hand; its bounds were "
                + bounds.replace(",", " to ")
                + "; kubectl gpuscaling unfreeze "
                + hpa.text("/metadata/name")
                + " restores them");
  }
}
