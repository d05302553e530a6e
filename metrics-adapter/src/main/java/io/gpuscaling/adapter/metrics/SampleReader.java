package io.gpuscaling.adapter.metrics;

import io.gpuscaling.adapter.store.Contributor;
import io.gpuscaling.adapter.store.ContributorSnapshot;
import io.gpuscaling.adapter.store.SourceView;
import io.gpuscaling.adapter.store.StoreSnapshot;
import io.gpuscaling.adapter.store.StoredSample;
import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.StalenessLimits;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Judges samples of one snapshot at one instant: fresh enough, known, and no mere lower bound where
 * nobody could be told so. Immutable.
 */
final class SampleReader {

  private final StoreSnapshot store;
  private final StalenessLimits limits;
  private final long nowNanos;
  private final boolean isForPolicies;

  /**
   * A reader at an instant.
   *
   * @param isForPolicies whether who asks can tell a lower bound from a value; an HPA cannot
   */
  SampleReader(StoreSnapshot store, StalenessLimits limits, long nowNanos, boolean isForPolicies) {
    this.store = store;
    this.limits = limits;
    this.nowNanos = nowNanos;
    this.isForPolicies = isForPolicies;
  }

  StoreSnapshot store() {
    return store;
  }

  @Nullable ContributorSnapshot node(String name) {
    return store.contributor(new Contributor.Node(name));
  }

  /** How long ago a source of a node had its last complete observation; 0 without one. */
  long sourceAgeNanos(String node, String source) {
    return sourceAgeNanos(node(node), source);
  }

  /** How long ago a source of a contributor had its last complete observation; 0 without one. */
  long sourceAgeNanos(@Nullable ContributorSnapshot contributor, String source) {
    SourceView view = contributor == null ? SourceView.STARTING : contributor.source(source);
    return view.observed() ? ageNanos(view.observedAtNanos()) : 0;
  }

  /** How a source of a contributor stands, in a word. */
  String state(SourceView view, String source) {
    if (view.failure() != null) {
      return "failing";
    }
    if (!view.observed()) {
      return "starting";
    }
    return isTooOld(ageNanos(view.observedAtNanos()), source) ? "stale" : "ok";
  }

  /** How long ago a source had its last complete observation. */
  Duration age(SourceView view) {
    return Duration.ofNanos(ageNanos(view.observedAtNanos()));
  }

  /** Why nothing that this source of a node says may be served, or empty when it may. */
  Optional<String> problem(@Nullable ContributorSnapshot contributor, String source) {
    if (contributor == null) {
      return Optional.of("no exporter has reported");
    }
    SourceView view = contributor.source(source);
    if (!view.observed()) {
      return Optional.of(
          view.failure() == null ? "its exporter has not observed it yet" : view.failure().text());
    }
    long age = ageNanos(view.observedAtNanos());
    if (!isTooOld(age, source)) {
      return Optional.empty();
    }
    return Optional.of(
        "last observed "
            + Duration.ofNanos(age).toSeconds()
            + " s ago"
            + (view.failure() == null ? "" : ", " + view.failure().text()));
  }

  /** Reads one sample. */
  Reading read(ContributorSnapshot contributor, StoredSample sample) {
    long age = ageNanos(contributor.observedAtNanos(sample));
    return switch (sample.value()) {
      case SampleValue.Unknown(var reason) -> new Reading.Missing(reason.text());
      case SampleValue.Known(double value, Exactness exactness) -> {
        if (isTooOld(age, sample.source())) {
          yield new Reading.Missing(
              "last observed " + Duration.ofNanos(age).toSeconds() + " s ago");
        }
        // Less than the truth would read as less load, and the HPA cannot be told so.
        yield exactness == Exactness.LOWER_BOUND && !isForPolicies
            ? new Reading.Missing("only a lower bound is known")
            : new Reading.Fresh(value, age, exactness);
      }
    };
  }

  private boolean isTooOld(long ageNanos, String source) {
    return ageNanos > limits.of(source).toNanos();
  }

  private long ageNanos(long observedAtNanos) {
    return Math.max(0, nowNanos - observedAtNanos);
  }
}
