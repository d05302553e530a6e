package io.gpuscaling.adapter.slot;

import io.gpuscaling.adapter.api.ApiVersion;
import io.gpuscaling.adapter.slot.ApiServiceChanges.Outcome;
import io.gpuscaling.adapter.slot.ApiServiceView.Availability;
import io.gpuscaling.core.lifecycle.PeriodicTask;
import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Knows who owns each APIService, says so once per change, and changes one only as it was told to:
 * its own gets the authorities of a certificate that the program makes itself; another's is taken
 * over if the configuration says so. A change that fails is tried again. Create, start, close; each
 * once. Safe for use by any thread.
 */
public final class SlotKeeper implements AutoCloseable {

  /** How often changes that are due are made, or tried again. */
  static final Duration TEND_INTERVAL = Duration.ofSeconds(2);

  private static final Logger log = LoggerFactory.getLogger(SlotKeeper.class);

  private final SlotSettings settings;
  private final ApiServiceChanges changes;
  private final SlotMetrics metrics;
  private final PeriodicTask tending;

  /** Guards itself and what follows. */
  private final Map<ApiVersion, Slot> slots = new EnumMap<>(ApiVersion.class);

  /** Which have been looked for at all. */
  private final Set<ApiVersion> known = EnumSet.noneOf(ApiVersion.class);

  private Optional<String> authorities = Optional.empty();

  /** One APIService, and what was said of it last. */
  private static final class Slot {
    private Optional<ApiServiceView> seen = Optional.empty();
    private @Nullable SlotOwner owner;
    private @Nullable Availability availability;
    private Optional<ServiceReference> toldOf = Optional.empty();
    private String failure = "";
  }

  /** Knows nothing yet. */
  public SlotKeeper(SlotSettings settings, ApiServiceChanges changes, CollectorRegistry registry) {
    this.settings = settings;
    this.changes = changes;
    this.metrics = new SlotMetrics(registry);
    this.tending = new PeriodicTask("apiservices", TEND_INTERVAL, this::tend);
    for (ApiVersion version : ApiVersion.values()) {
      slots.put(version, new Slot());
    }
  }

  /** Makes what is due, now and again and again. */
  public void start() {
    tending.start();
  }

  /** An APIService is seen like this now; empty when there is none. Does not block on I/O. */
  public void seen(ApiVersion version, Optional<ApiServiceView> view) {
    synchronized (slots) {
      known.add(version);
      Slot slot = slot(version);
      slot.seen = view;
      SlotOwner owner = SlotOwner.of(view, settings.service());
      if (!owner.equals(slot.owner)) {
        slot.owner = owner;
        metrics.owned(version, owner);
        say(version, owner);
      }
      Availability availability =
          view.map(ApiServiceView::availability).orElseGet(Availability.NotSaid::new);
      if (!availability.equals(slot.availability)) {
        slot.availability = availability;
        metrics.available(version, availability);
        say(version, owner, availability);
      }
    }
  }

  /** From now on these PEM certificates are to be in every APIService of ours. */
  public void trust(String caBundle) {
    synchronized (slots) {
      authorities = Optional.of(caBundle);
    }
  }

  /** Whether every APIService has been looked for. */
  public boolean hasSynced() {
    synchronized (slots) {
      return known.size() == slots.size();
    }
  }

  /** Whether every APIService of ours that is served has these authorities. */
  public boolean everyOwnHas(String caBundle) {
    synchronized (slots) {
      return known.size() == slots.size()
          && slots.entrySet().stream()
              .filter(slot -> settings.served().contains(slot.getKey()))
              .filter(slot -> slot.getValue().owner instanceof SlotOwner.Ours)
              .allMatch(slot ->
                  slot.getValue().seen.map(view -> view.caBundle().equals(caBundle)).orElse(false));
    }
  }

  /** Makes what is due. Blocks on the API server. */
  void tend() {
    for (ApiVersion version : ApiVersion.values()) {
      Optional<ApiServiceView> seen;
      SlotAction action;
      Optional<ServiceReference> untold;
      synchronized (slots) {
        Slot slot = slot(version);
        seen = slot.seen;
        boolean isServed = settings.served().contains(version);
        action = SlotAction.decide(seen, isServed, settings, authorities);
        Optional<ServiceReference> other =
            isServed && slot.owner instanceof SlotOwner.Other(ServiceReference service)
                ? Optional.of(service)
                : Optional.empty();
        untold = other.equals(slot.toldOf) ? Optional.empty() : other;
        if (other.isEmpty()) {
          slot.toldOf = other;
        }
      }
      untold.ifPresent(other -> tell(version, other));
      seen.ifPresent(view -> act(version, view, action));
    }
  }

  private void tell(ApiVersion version, ServiceReference other) {
    Outcome outcome = changes.tellOfOther(version, settings.service(), other);
    settle(version, "event", outcome);
    if (outcome instanceof Outcome.Done) {
      synchronized (slots) {
        slot(version).toldOf = Optional.of(other);
      }
    }
  }

  private void act(ApiVersion version, ApiServiceView seen, SlotAction action) {
    switch (action) {
      case SlotAction.Leave() -> {}
      case SlotAction.PutAuthorities(String caBundle) ->
          settle(version, "put_authorities", changes.putAuthorities(version, seen, caBundle));
      case SlotAction.TakeOver(String caBundle) ->
          settle(
              version, "take_over", changes.takeOver(version, seen, settings.service(), caBundle));
    }
  }

  private void settle(ApiVersion version, String action, Outcome outcome) {
    metrics.changed(action, outcome instanceof Outcome.Done);
    String failure = outcome instanceof Outcome.Failed(String reason) ? action + reason : "";
    synchronized (slots) {
      Slot slot = slot(version);
      if (failure.equals(slot.failure) && !failure.isEmpty()) {
        return;
      }
      slot.failure = failure;
    }
    switch (outcome) {
      case Outcome.Done() ->
          log.atInfo()
              .addKeyValue("apiService", version.apiServiceName())
              .addKeyValue("action", action)
              .log("APIService: done");
      case Outcome.Failed(String reason) ->
          log.atWarn()
              .addKeyValue("apiService", version.apiServiceName())
              .addKeyValue("action", action)
              .addKeyValue("reason", reason)
              .log("APIService: not done, trying again");
    }
  }

  private void say(ApiVersion version, SlotOwner owner) {
    boolean isServed = settings.served().contains(version);
    switch (owner) {
      case SlotOwner.Ours() -> {
        if (isServed) {
          log.atInfo()
              .addKeyValue("apiService", version.apiServiceName())
              .log("the APIService leads here");
        } else {
          log.atWarn()
              .addKeyValue("apiService", version.apiServiceName())
              .log("the APIService leads here, where this API is switched off");
        }
      }
      case SlotOwner.Other(ServiceReference other) ->
          log.atLevel(isServed ? Level.WARN : Level.INFO)
              .addKeyValue("apiService", version.apiServiceName())
              .addKeyValue("owner", other)
              .addKeyValue("takesOver", settings.takesOver() && isServed)
              .log("another product owns the APIService");
      case SlotOwner.Local() ->
          log.atWarn()
              .addKeyValue("apiService", version.apiServiceName())
              .log("the APIService names no Service");
      case SlotOwner.Nobody() ->
          log.atLevel(isServed ? Level.WARN : Level.INFO)
              .addKeyValue("apiService", version.apiServiceName())
              .log("there is no such APIService");
    }
  }

  private static void say(ApiVersion version, SlotOwner owner, Availability availability) {
    if (!(owner instanceof SlotOwner.Ours)) {
      return; // another product's health is its own matter
    }
    switch (availability) {
      case Availability.Available() ->
          log.atInfo()
              .addKeyValue("apiService", version.apiServiceName())
              .log("the API server calls the APIService available");
      case Availability.Unavailable(String reason, String message) ->
          log.atWarn()
              .addKeyValue("apiService", version.apiServiceName())
              .addKeyValue("reason", reason)
              .addKeyValue("message", message)
              .log("the API server calls the APIService not available");
      case Availability.NotSaid() -> {}
    }
  }

  private Slot slot(ApiVersion version) {
    return Objects.requireNonNull(slots.get(version), "every version has a slot");
  }

  @Override
  public void close() {
    tending.close();
  }
}
