package io.gpuscaling.cli.render;

import java.util.Optional;

/** What the freeze of an HPA left to be restored. */
final class FrozenBounds {

  /** {@code MIN,MAX} as they were before the freeze. */
  static final String ANNOTATION = "gpuscaling.io/frozen-bounds";

  private FrozenBounds() {}

  /** A sentence; empty when the HPA is not frozen. */
  static Optional<String> of(Doc hpa) {
    String bounds = hpa.text("/metadata/annotations/" + ANNOTATION.replace("/", "~1"));
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
