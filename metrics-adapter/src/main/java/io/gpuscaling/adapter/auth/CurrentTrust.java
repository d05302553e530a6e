package io.gpuscaling.adapter.auth;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The trust that counts now. Whoever watches its source replaces it; each request reads it once.
 * Safe for use by any thread.
 */
public final class CurrentTrust implements Supplier<ClientTrust> {

  private final AtomicReference<@Nullable ClientTrust> trust = new AtomicReference<>();

  /** The trust now; {@link ClientTrust#NONE} until the first is known. */
  @Override
  public ClientTrust get() {
    ClientTrust now = trust.get();
    return now == null ? ClientTrust.NONE : now;
  }

  /** Puts another trust into force, for the next request on. */
  public void replace(ClientTrust next) {
    trust.set(next);
  }

  /** Whether any trust was ever put into force. */
  public boolean isKnown() {
    return trust.get() != null;
  }
}
