package io.gpuscaling.kubernetes.policy;

import static io.gpuscaling.kubernetes.resource.Field.optional;
import static io.gpuscaling.kubernetes.resource.Field.required;
import static io.gpuscaling.kubernetes.resource.Field.withDefault;

import io.gpuscaling.core.config.NearestName;
import io.gpuscaling.kubernetes.resource.Constraint;
import io.gpuscaling.kubernetes.resource.Items;
import io.gpuscaling.kubernetes.resource.Span;
import io.gpuscaling.kubernetes.resource.Structure;
import io.gpuscaling.kubernetes.resource.Text;
import io.gpuscaling.kubernetes.resource.Truth;
import io.gpuscaling.kubernetes.resource.Whole;
import io.gpuscaling.policy.schedule.CronTimes;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.Set;

/** The fields of a schedule window. */
final class Windows {

  private static final Text CRON =
      Text.matching(
              100,
              "^\\s*\\S+(\\s+\\S+){4}\\s*$",
              "a cron expression of five fields: minute, hour, day of month, month, day of week")
          .checked(Windows::cronFault);

  private static final Set<String> ZONES = ZoneId.getAvailableZoneIds();

  private static final Text ZONE =
      Text.matching(
              64, "^[A-Za-z][A-Za-z0-9_+/-]*$", "an IANA time zone, such as UTC or Europe/Berlin")
          .checked(zone ->
              ZONES.contains(zone)
                  ? Optional.empty()
                  : Optional.of(
                      "is no time zone of the IANA database" + NearestName.hint(zone, ZONES)));

  private Windows() {}

  private static Optional<String> cronFault(String text) {
    try {
      CronTimes.parse(text, ZoneOffset.UTC);
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of("is no cron expression: " + e.getMessage());
    }
  }

  static Structure window() {
    return Structure.of(
            required("name", Rules.NAME, "Name of the window, once in the policy."),
            required("start", CRON, "When it begins, as a cron expression: 0 2 * * * is 02:00."),
            optional("end", CRON, "When it ends, as a cron expression; the minute is outside."),
            optional(
                "duration",
                new Span(Duration.ofMinutes(1), Duration.ofDays(7)),
                "Instead of end: how long it lasts."),
            withDefault("timeZone", ZONE, "UTC", "The clock that start and end are read on."),
            optional(
                "minReplicas",
                new Whole(0, PolicyFields.MAX_REPLICAS),
                "The fewest replicas, instead of the policy's."),
            optional(
                "maxReplicas",
                new Whole(0, PolicyFields.MAX_REPLICAS),
                "The most replicas, instead of the policy's. Lowering to it ignores the cooldown,"
                    + " but neither the rate nor busy workers, unless immediate."),
            withDefault(
                "pause", new Truth(), false, "Whether rules change nothing in this window."),
            withDefault(
                "immediate",
                new Truth(),
                false,
                "Whether lowering to maxReplicas waits for neither rate nor busy workers."),
            optional(
                "rules",
                Items.keyed(Rules.override(), 1, Rules.MAX, "name"),
                "Thresholds that replace those of the policy's rules of the same name."))
        .with(
            Constraint.of(
                "end",
                "has(self.end) != has(self.duration)",
                "must be there when duration is not, and only then",
                window -> window.has("end") != window.has("duration")),
            Constraint.of(
                "maxReplicas",
                "!has(self.minReplicas) || !has(self.maxReplicas)"
                    + " || self.minReplicas <= self.maxReplicas",
                "must not be below minReplicas",
                window ->
                    window.whole("minReplicas").isEmpty()
                        || window.whole("maxReplicas").isEmpty()
                        || window.whole("minReplicas").getAsInt()
                            <= window.whole("maxReplicas").getAsInt()),
            Constraint.of(
                "",
                "self.pause || has(self.minReplicas) || has(self.maxReplicas) || has(self.rules)",
                "must change something: minReplicas, maxReplicas, rules or pause",
                window ->
                    window.truth("pause")
                        || window.has("minReplicas")
                        || window.has("maxReplicas")
                        || window.has("rules")));
  }
}
