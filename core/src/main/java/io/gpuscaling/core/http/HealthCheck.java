package io.gpuscaling.core.http;

import java.util.Optional;

/** One thing that a probe asks for. Called on an event loop: answers at once from what is known. */
public interface HealthCheck {

  /** Short and stable, in lower case with hyphens: it is what people exclude. */
  String name();

  /** What is wrong, in a few words without secrets: anybody may read it; empty when all is well. */
  Optional<String> problem();
}
