package io.gpuscaling.kubernetes.policy;

import static io.gpuscaling.kubernetes.resource.Field.optional;
import static io.gpuscaling.kubernetes.resource.Field.required;
import static io.gpuscaling.kubernetes.resource.Field.withDefault;

import io.gpuscaling.core.config.GoDuration;
import io.gpuscaling.core.config.NearestName;
import io.gpuscaling.kubernetes.resource.Constraint;
import io.gpuscaling.kubernetes.resource.Field;
import io.gpuscaling.kubernetes.resource.Items;
import io.gpuscaling.kubernetes.resource.Span;
import io.gpuscaling.kubernetes.resource.Structure;
import io.gpuscaling.kubernetes.resource.Text;
import io.gpuscaling.kubernetes.resource.Truth;
import io.gpuscaling.kubernetes.resource.Values;
import io.gpuscaling.kubernetes.resource.Whole;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** The fields of {@code spec} of a {@code ScalingPolicy}. */
final class PolicyFields {

  /** The most replicas of a policy. */
  static final int MAX_REPLICAS = 100_000;

  static final Span COOLDOWN_SPAN = new Span(Duration.ZERO, Duration.ofHours(24));

  private static final int SECONDS_PER_HOUR = 3600;
  private static final int MAX_WINDOWS = 16;

  private static final Text RESOURCE_NAME =
      Text.matching(
          253,
          "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$",
          "the name of an object: lower-case letters, digits, '-' and '.'");

  private static final Structure TARGET =
      Structure.of(
          withDefault(
              "apiVersion",
              Text.matching(
                  253,
                  "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?/[a-z0-9]+$",
                  "a group and version, such as apps/v1"),
              "apps/v1",
              "Group and version of the workload."),
          required(
              "kind",
              Text.matching(63, "^[A-Z][A-Za-z0-9]*$", "a kind, such as Deployment"),
              "Kind of the workload: Deployment, StatefulSet, or any with a scale subresource."),
          required("name", RESOURCE_NAME, "Name of the workload, in the policy's namespace."));

  private static final Structure COOLDOWN =
      Structure.of(
          withDefault(
              "scaleUp",
              COOLDOWN_SPAN,
              "300s",
              "Least time between the last action up and the next. It begins when the target's"
                  + " replicas are seen to change."),
          withDefault(
              "scaleDown",
              COOLDOWN_SPAN,
              "600s",
              "Least time between the last action of either kind and the next action down."));

  private static final Structure RATE =
      Structure.of(
          required("replicas", new Whole(1, MAX_REPLICAS), "So many replicas at most."),
          withDefault(
              "period",
              new Span(Duration.ofSeconds(1), Duration.ofHours(1)),
              "60s",
              "In any span of this length."));

  private static final Structure RATES =
      Structure.of(
          optional("scaleUp", RATE, "The most replicas that are added in a time."),
          optional("scaleDown", RATE, "The most replicas that are removed in a time."));

  private static final Structure BREAKER =
      Structure.of(
          withDefault(
              "maxActionsPerHour",
              new Whole(1, SECONDS_PER_HOUR),
              20,
              "One more action in any hour pauses the policy. It must be more than an ordinary"
                  + " ramp takes: 3600 s divided by the scale-up cooldown."),
          withDefault(
              "maxDirectionChangesPerHour",
              new Whole(1, SECONDS_PER_HOUR),
              6,
              "One more change from up to down or back in any hour pauses the policy."),
          withDefault(
              "resumeAfter",
              new Span(Duration.ofSeconds(1), Duration.ofDays(7)),
              "1h",
              "How long the pause lasts, unless a person ends it."));

  private static final Structure FALLBACK =
      Structure.of(
              withDefault(
                  "type",
                  Text.oneOf("Hold", "AtLeast"),
                  "Hold",
                  "Hold keeps the replicas; AtLeast raises them to a number. Neither lowers."),
              optional(
                  "replicas", new Whole(1, MAX_REPLICAS), "Of AtLeast: the number of replicas."))
          .with(
              Constraint.of(
                  "replicas",
                  "(self.type == 'AtLeast') == has(self.replicas)",
                  "must be there for type AtLeast, and for no other type",
                  it ->
                      it.isFaulty("type")
                          || it.has("replicas") == it.text("type").orElse("").equals("AtLeast")));

  private static final Structure VRAM_GATE =
      Structure.of(
              withDefault(
                  "mode",
                  Text.oneOf("Disabled", "FixedPool", "AutoscaledPool"),
                  "Disabled",
                  "FixedPool adds nothing that would not fit on the GPUs that are there;"
                      + " AutoscaledPool lets a few replicas wait, so that the node autoscaler sees"
                      + " them."),
              optional(
                  "size",
                  Text.matching(
                      63,
                      "^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$",
                      "a name of the exporters' dcgm.replicaSizes"),
                  "How much GPU memory a replica needs: a name of the exporters'"
                      + " dcgm.replicaSizes, for replicas that share GPUs. Without it the GPUs that"
                      + " the pod template requests count, whole."),
              optional(
                  "maxPending",
                  new Whole(1, MAX_REPLICAS),
                  "Of AutoscaledPool: so many replicas may wait for nodes."))
          .with(
              Constraint.of(
                  "maxPending",
                  "(self.mode == 'AutoscaledPool') == has(self.maxPending)",
                  "must be there for mode AutoscaledPool, and for no other mode",
                  it ->
                      it.isFaulty("mode")
                          || it.has("maxPending")
                              == it.text("mode").orElse("").equals("AutoscaledPool")));

  private static final Structure DEGRADATION =
      Structure.of(
          withDefault(
              "after",
              new Span(Duration.ofSeconds(1), Duration.ofHours(24)),
              "5m",
              "So long at the maximum (or the pool's quota) with a breached rule, or with a"
                  + " breached degrade rule, before the level rises by one."),
          withDefault(
              "recoverAfter",
              new Span(Duration.ofSeconds(1), Duration.ofHours(24)),
              "10m",
              "So long without, before the level falls by one."));

  private PolicyFields() {}

  static Structure spec() {
    return new Structure(fields(), constraints());
  }

  private static List<Field> fields() {
    return Stream.of(bounds(), limits(), placement()).flatMap(List::stream).toList();
  }

  private static List<Field> bounds() {
    return List.of(
        required("scaleTargetRef", TARGET, "The workload whose replicas the policy is about."),
        withDefault(
            "minReplicas",
            new Whole(0, MAX_REPLICAS),
            1,
            "The fewest replicas. 0 needs a cluster whose HPA can scale to 0."),
        required("maxReplicas", new Whole(1, MAX_REPLICAS), "The most replicas."),
        withDefault(
            "evaluationInterval",
            new Span(Duration.ofSeconds(1), Duration.ofMinutes(10)),
            "15s",
            "How often the rules are evaluated."),
        required(
            "rules",
            Items.keyed(Rules.rule(), 1, Rules.MAX, "name"),
            "Replicas are added when any rule asks for it (the largest proposal wins), and removed"
                + " when every rule with a scaleDown agrees."),
        withDefault("cooldown", COOLDOWN, Map.of(), "The wait before the next action."));
  }

  private static List<Field> limits() {
    return List.of(
        optional("maxScalingRate", RATES, "Limits in a sliding window; the rest of a step waits."),
        withDefault(
            "runawayProtection",
            BREAKER,
            Map.of(),
            "Pauses a policy that acts, or turns, too often in an hour."),
        optional(
            "schedule",
            Items.keyed(Windows.window(), 0, MAX_WINDOWS, "name"),
            "Times in which something else holds; the first active window wins."),
        withDefault(
            "fallback", FALLBACK, Map.of(), "What holds while the source of a rule is lost."),
        withDefault(
            "applyDeadline",
            new Span(Duration.ofSeconds(1), Duration.ofHours(1)),
            "300s",
            "A decision that the target has not followed by then has failed."),
        withDefault(
            "writeAutoscaler",
            new Truth(),
            false,
            "Whether the adapter itself keeps a HorizontalPodAutoscaler of the policy's name, as"
                + " gpuscaling generate prints it; it goes with the policy. The adapter must be"
                + " told too: policies.autoscalers."),
        withDefault(
            "mode",
            Text.oneOf("Active", "Shadow"),
            "Active",
            "Shadow computes and shows, but does not steer."),
        optional(
            "profile",
            RESOURCE_NAME,
            "Name of the ScalingProfile that says how cautiously this environment scales."));
  }

  private static List<Field> placement() {
    return List.of(
        withDefault(
            "workloadClass",
            Text.oneOf("critical", "normal", "background"),
            "normal",
            "Who comes first when a pool is too small for all: critical, then normal, then"
                + " background."),
        optional("pool", RESOURCE_NAME, "Name of the GpuPool whose quota binds."),
        withDefault(
            "reclaim",
            new Truth(),
            false,
            "Whether replicas may be taken from lower classes when the pool is full."),
        withDefault(
            "busyFloor",
            new Truth(),
            true,
            "Whether workers with a running task are never asked to go, where task leases exist."),
        withDefault(
            "vramGate",
            VRAM_GATE,
            Map.of(),
            "Whether a GPU with room must be there before a replica is added."),
        withDefault(
            "warmUp",
            new Span(Duration.ZERO, Duration.ofHours(1)),
            "2m",
            "How long a new replica that is not ready counts as coming capacity for the VRAM"
                + " gate."),
        optional(
            "degradation",
            DEGRADATION,
            "When the level of degradation rises and falls; without it it stays at normal."));
  }

  private static List<Constraint> constraints() {
    return List.of(
        Constraint.of(
            "maxReplicas",
            "self.minReplicas <= self.maxReplicas",
            "must not be below minReplicas",
            spec -> isOrdered(spec.whole("minReplicas"), spec.whole("maxReplicas"))),
        new Constraint(
            "runawayProtection.maxActionsPerHour",
            Optional.of(
                rampInCel("self.cooldown.scaleUp")
                    + " && self.rules.all(r, !has(r.cooldown) || !has(r.cooldown.scaleUp) || "
                    + rampInCel("r.cooldown.scaleUp")
                    + ")"),
            "must be more than an ordinary ramp takes in an hour: more than 3600 s divided by the"
                + " scale-up cooldown (or the evaluationInterval, if that is longer)",
            PolicyFields::tripsOnRamp),
        new Constraint(
            "schedule",
            Optional.of(
                "!has(self.schedule) || self.schedule.all(w, !has(w.rules) || w.rules.all(o,"
                    + " self.rules.exists(r, r.name == o.name)))"),
            "must replace thresholds of rules that the policy has",
            PolicyFields::unknownRules),
        Constraint.of(
            "reclaim",
            "!self.reclaim || has(self.pool)",
            "has no meaning without a pool",
            spec -> !spec.truth("reclaim") || spec.has("pool")));
  }

  private static String rampInCel(String cooldown) {
    return ("self.runawayProtection.maxActionsPerHour * (duration(%1$s) >"
            + " duration(self.evaluationInterval) ? duration(%1$s).getSeconds() :"
            + " duration(self.evaluationInterval).getSeconds()) > 3600")
        .formatted(cooldown);
  }

  private static boolean isOrdered(OptionalInt min, OptionalInt max) {
    return min.isEmpty() || max.isEmpty() || min.getAsInt() <= max.getAsInt();
  }

  private static Optional<String> tripsOnRamp(Values spec) {
    Optional<Values> breaker = spec.child("runawayProtection");
    Optional<Duration> interval = spec.span("evaluationInterval");
    Optional<Duration> policys = spec.child("cooldown").flatMap(it -> it.span("scaleUp"));
    OptionalInt actions =
        breaker.map(it -> it.whole("maxActionsPerHour")).orElse(OptionalInt.empty());
    if (interval.isEmpty() || policys.isEmpty() || actions.isEmpty()) {
      return Optional.empty();
    }
    Duration shortest =
        spec.children("rules").stream()
            .flatMap(rule -> rule.child("cooldown").flatMap(it -> it.span("scaleUp")).stream())
            .filter(own -> own.compareTo(policys.get()) < 0)
            .min(Duration::compareTo)
            .orElse(policys.get());
    Duration between = shortest.compareTo(interval.get()) > 0 ? shortest : interval.get();
    long ramp = Duration.ofHours(1).toMillis() / between.toMillis();
    return actions.getAsInt() > ramp
        ? Optional.empty()
        : Optional.of(
            "an action up every %s makes %d in an hour; write at least %d"
                .formatted(GoDuration.print(between), ramp, ramp + 1));
  }

  private static Optional<String> unknownRules(Values spec) {
    List<String> rules =
        spec.children("rules").stream().flatMap(it -> it.text("name").stream()).toList();
    return spec.children("schedule").stream()
        .flatMap(window -> window.children("rules").stream())
        .flatMap(rule -> rule.text("name").stream())
        .filter(name -> !rules.contains(name))
        .findFirst()
        .map(name -> "there is no rule " + name + NearestName.hint(name, rules));
  }
}
