package io.gpuscaling.adapter.apiserver;

import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * One named condition of health.
 *
 * @param name as in {@code /readyz/NAME}: lower case, dashes
 * @param probes those of {@code livez}, {@code readyz}, {@code healthz} that it belongs to
 * @param isPassing called on an event loop: must not block
 */
public record HealthCheck(String name, Set<String> probes, BooleanSupplier isPassing) {

  /** Copies the set. */
  public HealthCheck {
    probes = Set.copyOf(probes);
  }

  /** A condition without which the program should get no requests. Never one of its sources. */
  public static HealthCheck readiness(String name, BooleanSupplier isPassing) {
    return new HealthCheck(name, Set.of("readyz", "healthz"), isPassing);
  }

  /** A condition without which the program should be started again. */
  public static HealthCheck liveness(String name, BooleanSupplier isPassing) {
    return new HealthCheck(name, Set.of("livez", "readyz", "healthz"), isPassing);
  }
}
