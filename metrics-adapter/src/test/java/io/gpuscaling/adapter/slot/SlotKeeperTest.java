package io.gpuscaling.adapter.slot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.gpuscaling.adapter.api.ApiVersion;
import io.gpuscaling.adapter.slot.ApiServiceView.Availability;
import io.prometheus.client.CollectorRegistry;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class SlotKeeperTest {

  private static final ServiceReference OWN =
      new ServiceReference("gpuscaling", "metrics-adapter", 443);
  private static final ServiceReference KEDA =
      new ServiceReference("keda", "keda-operator-metrics-apiserver", 443);
  private static final ApiVersion EXTERNAL = ApiVersion.EXTERNAL_V1BETA1;
  private static final Set<ApiVersion> ALL = EnumSet.allOf(ApiVersion.class);

  private final CollectorRegistry registry = new CollectorRegistry();
  private final Logger logger = (Logger) LoggerFactory.getLogger(SlotKeeper.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final Changes changes = new Changes();

  /** Notes what it is told to do. */
  private static final class Changes implements ApiServiceChanges {

    final List<String> done = new ArrayList<>();
    Outcome next = new Outcome.Done();

    private synchronized Outcome note(String what) {
      done.add(what);
      return next;
    }

    @Override
    public Outcome putAuthorities(ApiVersion version, ApiServiceView seen, String caBundle) {
      return note("put " + caBundle + " into " + version.apiServiceName());
    }

    @Override
    public Outcome takeOver(
        ApiVersion version, ApiServiceView seen, ServiceReference service, String caBundle) {
      return note("lead " + version.apiServiceName() + " to " + service + " with " + caBundle);
    }

    @Override
    public Outcome tellOfOther(ApiVersion version, ServiceReference own, ServiceReference other) {
      return note("tell of " + other + " at " + version.apiServiceName());
    }
  }

  @BeforeEach
  void listen() {
    lines.start();
    logger.addAppender(lines);
    logger.setLevel(Level.INFO);
  }

  @AfterEach
  void stop() {
    logger.setLevel(null);
    logger.detachAppender(lines);
  }

  private SlotKeeper keeper(Set<ApiVersion> served, boolean takesOver) {
    return new SlotKeeper(new SlotSettings(OWN, served, takesOver), changes, registry);
  }

  private static Optional<ApiServiceView> view(
      @Nullable ServiceReference service, String caBundle, Availability availability) {
    return Optional.of(
        new ApiServiceView(Optional.ofNullable(service), caBundle, availability, "7"));
  }

  private static Optional<ApiServiceView> ledTo(@Nullable ServiceReference service) {
    return view(service, "", new Availability.Available());
  }

  private @Nullable Double owner(String owner) {
    return registry.getSampleValue(
        "gpuscaling_apiservice_owner",
        new String[] {"apiservice", "owner"},
        new String[] {EXTERNAL.apiServiceName(), owner});
  }

  private @Nullable Double available() {
    return registry.getSampleValue(
        "gpuscaling_apiservice_available",
        new String[] {"apiservice"},
        new String[] {EXTERNAL.apiServiceName()});
  }

  private List<String> messages() {
    return lines.list.stream().map(ILoggingEvent::getMessage).toList();
  }

  @Test
  void ownedByAnother_isToldOnceByEventMetricAndLog_andNeverTakenOver() {
    SlotKeeper keeper = keeper(ALL, false);

    keeper.seen(EXTERNAL, ledTo(KEDA));
    keeper.seen(EXTERNAL, ledTo(KEDA));
    keeper.tend();
    keeper.tend();

    assertThat(changes.done)
        .containsExactly(
            "tell of keda/keda-operator-metrics-apiserver at v1beta1.external.metrics.k8s.io");
    assertThat(owner("other")).isEqualTo(1);
    assertThat(owner("ours")).isZero();
    assertThat(messages())
        .containsExactly("another product owns the APIService", "APIService: done");
    assertThat(lines.list.getFirst().getLevel()).isEqualTo(Level.WARN);
  }

  @Test
  void ownedByAnotherAgain_afterItWasOurs_isToldAgain() {
    SlotKeeper keeper = keeper(ALL, false);
    keeper.seen(EXTERNAL, ledTo(KEDA));
    keeper.tend();
    keeper.seen(EXTERNAL, ledTo(OWN));
    keeper.tend();
    keeper.seen(EXTERNAL, ledTo(KEDA));
    keeper.tend();

    assertThat(changes.done).hasSize(2).allMatch(done -> done.startsWith("tell of keda"));
  }

  @Test
  void eventThatCannotBeMade_isTriedAgain_andLoggedOnce() {
    SlotKeeper keeper = keeper(ALL, false);
    changes.next = new ApiServiceChanges.Outcome.Failed("the cluster answered with code 403");
    keeper.seen(EXTERNAL, ledTo(KEDA));
    keeper.tend();
    keeper.tend();
    assertThat(messages()).filteredOn("APIService: not done, trying again"::equals).hasSize(1);

    changes.next = new ApiServiceChanges.Outcome.Done();
    keeper.tend();
    keeper.tend();

    assertThat(changes.done).hasSize(3);
    assertThat(
            registry.getSampleValue(
                "gpuscaling_apiservice_changes_total",
                new String[] {"action", "outcome"},
                new String[] {"event", "failed"}))
        .isEqualTo(2);
  }

  @Test
  void ownedByAnother_withTheKeyToTakeOver_isMadeToLeadHere() {
    SlotKeeper keeper = keeper(ALL, true);
    keeper.trust("CA");
    keeper.seen(EXTERNAL, ledTo(KEDA));

    keeper.tend();

    assertThat(changes.done)
        .contains("lead v1beta1.external.metrics.k8s.io to gpuscaling/metrics-adapter with CA");
    changes.done.clear();
    keeper.seen(EXTERNAL, view(OWN, "CA", new Availability.Available()));
    keeper.tend();
    assertThat(changes.done).isEmpty();
  }

  @Test
  void switchedOff_anothersSlot_isNotTouchedNorComplainedOf() {
    SlotKeeper keeper = keeper(Set.of(ApiVersion.CUSTOM_V1BETA1, ApiVersion.CUSTOM_V1BETA2), true);
    keeper.trust("CA");
    keeper.seen(EXTERNAL, ledTo(KEDA));

    keeper.tend();

    assertThat(changes.done).isEmpty();
    assertThat(lines.list).extracting(ILoggingEvent::getLevel).containsExactly(Level.INFO);
    assertThat(owner("other")).isEqualTo(1);

    keeper.seen(EXTERNAL, ledTo(OWN));
    assertThat(messages()).contains("the APIService leads here, where this API is switched off");
  }

  @Test
  void ours_withoutOurAuthorities_getsThem_andSaysWhenAllHaveThem() {
    SlotKeeper keeper = keeper(ALL, false);
    keeper.trust("NEW");
    for (ApiVersion version : ALL) {
      assertThat(keeper.hasSynced()).isFalse();
      keeper.seen(version, view(OWN, "OLD", new Availability.Available()));
    }
    assertThat(keeper.hasSynced()).isTrue();
    keeper.tend();
    assertThat(changes.done).hasSize(ALL.size()).allMatch(done -> done.startsWith("put NEW into "));
    assertThat(keeper.everyOwnHas("NEW")).isFalse();

    for (ApiVersion version : ALL) {
      keeper.seen(version, view(OWN, "NEW", new Availability.Available()));
    }

    assertThat(keeper.everyOwnHas("NEW")).isTrue();
    keeper.tend();
    assertThat(changes.done).hasSize(ALL.size());
  }

  @Test
  void noApiService_orOneOfTheApiServerItself_isSaidAndLeftAlone() {
    SlotKeeper keeper = keeper(ALL, false);
    keeper.trust("CA");

    keeper.seen(EXTERNAL, Optional.empty());
    assertThat(owner("nobody")).isEqualTo(1);
    keeper.seen(EXTERNAL, ledTo(null));
    assertThat(owner("local")).isEqualTo(1);
    keeper.tend();

    assertThat(changes.done).isEmpty();
    assertThat(messages())
        .containsExactly("there is no such APIService", "the APIService names no Service");
  }

  @Test
  void availability_isAMetric_andALogLinePerChange() {
    SlotKeeper keeper = keeper(ALL, false);
    keeper.seen(EXTERNAL, view(OWN, "", new Availability.NotSaid()));
    assertThat(available()).isNull();
    var failed = new Availability.Unavailable("FailedDiscoveryCheck", "no route");
    keeper.seen(EXTERNAL, view(OWN, "", failed));
    keeper.seen(EXTERNAL, view(OWN, "", failed));
    assertThat(available()).isZero();
    keeper.seen(EXTERNAL, view(OWN, "", new Availability.Available()));
    assertThat(available()).isEqualTo(1);

    assertThat(messages())
        .containsExactly(
            "the APIService leads here",
            "the API server calls the APIService not available",
            "the API server calls the APIService available");
    keeper.seen(EXTERNAL, Optional.empty());
    assertThat(available()).isNull();
  }

  @Test
  void start_tendsByItself() {
    try (SlotKeeper keeper = keeper(ALL, false)) {
      keeper.seen(EXTERNAL, ledTo(KEDA));
      keeper.start();

      await().until(() -> !lines.list.isEmpty() && messages().contains("APIService: done"));
    }
  }
}
