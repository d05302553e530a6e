package io.gpuscaling.adapter.prometheus;

import io.gpuscaling.adapter.prometheus.QueryAnswer.Failed;
import io.gpuscaling.adapter.prometheus.QueryAnswer.Found;
import io.gpuscaling.policy.observe.Exactness;
import io.gpuscaling.policy.observe.Observation;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One query on its way from answer to answer. What is wanted and observed is safe for any thread;
 * due, begin and end are of the thread that looks and of the one that asks, never at once.
 */
final class QueryRun {

  private static final Logger log = LoggerFactory.getLogger(QueryRun.class);

  /** By which Prometheus' clock may be ahead of ours. */
  static final Duration MAX_AHEAD = Duration.ofSeconds(10);

  private final GrantedQuery query;
  private volatile long wantedAtNanos;
  private volatile boolean isRunning;
  private volatile Known known = Known.NOTHING;
  private long dueAtNanos;

  /**
   * What is known.
   *
   * @param number the newest, unless something else was answered since
   * @param ageNanos of it, when it came
   * @param atNanos when it came
   * @param failure of the newest answer, if it was one
   */
  private record Known(
      @Nullable Found number, long ageNanos, long atNanos, Optional<Failed> failure) {
    static final Known NOTHING = new Known(null, 0, 0, Optional.empty());
  }

  QueryRun(GrantedQuery query, long nowNanos) {
    this.query = query;
    this.wantedAtNanos = nowNanos;
    this.dueAtNanos = nowNanos;
  }

  GrantedQuery query() {
    return query;
  }

  void wanted(long nowNanos) {
    wantedAtNanos = nowNanos;
  }

  boolean isForgotten(long nowNanos) {
    return nowNanos - wantedAtNanos > PrometheusQueries.FORGET_AFTER.toNanos();
  }

  boolean isDue(long nowNanos) {
    return !isRunning && nowNanos - dueAtNanos >= 0;
  }

  /** Turns that were missed are not made up for. */
  void begin(long nowNanos, Duration interval) {
    isRunning = true;
    long next = dueAtNanos + interval.toNanos();
    dueAtNanos = next - nowNanos > 0 ? next : nowNanos + interval.toNanos();
  }

  void end() {
    isRunning = false;
  }

  /** A number whose own time does not fit is none. */
  static QueryAnswer judged(QueryAnswer answer, Instant now, Duration stalenessLimit) {
    if (!(answer instanceof Found(_, Instant at))) {
      return answer;
    }
    Duration age = Duration.between(at, now);
    if (age.compareTo(stalenessLimit) > 0) {
      return new Failed(
          QueryFailure.STALE, "the result was " + age.toSeconds() + " s old when it came");
    }
    return age.compareTo(MAX_AHEAD.negated()) < 0
        ? new Failed(
            QueryFailure.CLOCK,
            "the result is of a time " + -age.toSeconds() + " s from now: the clocks differ")
        : answer;
  }

  void answered(QueryAnswer answer, Instant now, long nowNanos) {
    Known before = known;
    known =
        switch (answer) {
          case Found number -> {
            // Of the near future: as of now, or the next answers would not be newer.
            Instant at = number.at().isAfter(now) ? now : number.at();
            yield new Known(
                new Found(number.value(), at),
                Duration.between(at, now).toNanos(),
                nowNanos,
                Optional.empty());
          }
          case Failed failed ->
              new Known(
                  failed.failure().isResult() ? null : before.number(),
                  before.ageNanos(),
                  before.atNanos(),
                  Optional.of(failed));
        };
    tell(before.failure(), known.failure());
  }

  /** Once per change. */
  private void tell(Optional<Failed> before, Optional<Failed> now) {
    if (before.map(Failed::failure).equals(now.map(Failed::failure))) {
      return;
    }
    if (now.isEmpty()) {
      log.atInfo().addKeyValue("query", query.name()).log("Prometheus answers a query again");
      return;
    }
    log.atWarn()
        .addKeyValue("query", query.name())
        .addKeyValue("reason", now.get().failure().word())
        .addKeyValue("detail", now.get().detail())
        .log("a query has no number: " + now.get().sentence());
  }

  Observation observation(long nowNanos, Duration stalenessLimit) {
    Known it = known;
    Found number = it.number();
    Optional<String> failure = it.failure().map(Failed::sentence);
    if (number == null) {
      return missing(failure.orElse("it has not been answered yet"));
    }
    long ageNanos = it.ageNanos() + nowNanos - it.atNanos();
    if (ageNanos > stalenessLimit.toNanos()) {
      return missing(
          "the last result is "
              + Duration.ofNanos(ageNanos).toSeconds()
              + " s old"
              + failure.map(why -> "; " + why).orElse(""));
    }
    return new Observation.Sampled(
        number.at(), number.value(), Exactness.EXACT, "query " + query.name());
  }

  private Observation missing(String why) {
    return new Observation.Missing("query " + query.name() + ": " + why);
  }
}
