package io.gpuscaling.adapter.slot;

import io.gpuscaling.adapter.api.ApiVersion;
import java.util.Set;

/**
 * What this program is to own.
 *
 * @param service the Service in front of it
 * @param served which versions it serves
 * @param takesOver whether an APIService that leads elsewhere is made to lead here
 */
public record SlotSettings(ServiceReference service, Set<ApiVersion> served, boolean takesOver) {

  /** Copies the set. */
  public SlotSettings {
    served = Set.copyOf(served);
  }
}
