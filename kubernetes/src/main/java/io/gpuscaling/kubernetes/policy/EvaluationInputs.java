package io.gpuscaling.kubernetes.policy;

import io.gpuscaling.kubernetes.resource.Moment;
import io.gpuscaling.kubernetes.resource.Problem;
import io.gpuscaling.kubernetes.resource.Problems;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.policy.observe.BusyWorkers;
import io.gpuscaling.policy.observe.Exactness;
import io.gpuscaling.policy.observe.ManualOverride;
import io.gpuscaling.policy.observe.ManualOverride.Order;
import io.gpuscaling.policy.observe.Observation;
import io.gpuscaling.policy.observe.Observations;
import io.gpuscaling.policy.observe.Room;
import io.gpuscaling.policy.schedule.Schedule;
import io.gpuscaling.policy.state.Actions;
import io.gpuscaling.policy.state.DataPoint;
import io.gpuscaling.policy.state.EngineState;
import io.gpuscaling.policy.state.RuleWindow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Everything beside the policy that one evaluation was made of, as plain data: evaluated again with
 * the same policy it gives the same decision, on any machine. The schedule's window is not part of
 * it: it follows from policy and time.
 *
 * @param seen what was observed
 * @param state what the evaluation before had left
 * @param now when it was evaluated
 */
public record EvaluationInputs(Observations seen, EngineState state, Instant now) {

  private static final String UNKNOWN = "unknown";
  private static final String UNTRACKED = "untracked";

  /** To be written as JSON or YAML. */
  public Map<String, Object> tree() {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("time", now.toString());
    tree.put("currentReplicas", seen.currentReplicas());
    tree.put("pendingReplicas", seen.pendingReplicas());
    List<Object> rules = new ArrayList<>();
    seen.rules().forEach((name, observation) -> rules.add(tree(name, observation)));
    tree.put("observations", rules);
    switch (seen.busy()) {
      case BusyWorkers.Untracked() -> tree.put("busy", Map.of(UNTRACKED, true));
      case BusyWorkers.Known(int workers) -> tree.put("busy", Map.of("workers", workers));
      case BusyWorkers.Unknown(String why) -> tree.put("busy", Map.of(UNKNOWN, why));
    }
    switch (seen.room()) {
      case Room.Fits(int replicas) -> tree.put("room", Map.of("replicas", replicas));
      case Room.Unknown(String why) -> tree.put("room", Map.of(UNKNOWN, why));
    }
    seen.quota().ifPresent(it -> tree.put("quota", it));
    seen.override()
        .ifPresent(it ->
            tree.put(
                "override",
                Map.of("order", Controls.word(it.order()), "until", it.until().toString())));
    seen.resumedAt().ifPresent(it -> tree.put("resumedAt", it.toString()));
    if (!state.evaluatedAt().equals(Instant.MIN)) {
      tree.put("evaluatedBefore", state.evaluatedAt().toString());
    }
    List<Object> windows = new ArrayList<>();
    state.windows().forEach((name, window) -> windows.add(tree(name, window)));
    tree.put("windows", windows);
    tree.put("actions", PolicyStatus.tree(state.actions()));
    return tree;
  }

  private static Map<String, Object> tree(String rule, Observation observation) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("rule", rule);
    switch (observation) {
      case Observation.Sampled(var at, double value, var exactness, String source) -> {
        point(tree, new DataPoint(at, value, exactness));
        tree.put("source", source);
      }
      case Observation.Missing(String reason) -> tree.put("missing", reason);
    }
    return tree;
  }

  private static Map<String, Object> tree(String rule, RuleWindow window) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("rule", rule);
    if (!window.newestAt().equals(Instant.MIN)) {
      tree.put("newestAt", window.newestAt().toString());
    }
    List<Object> slots = new ArrayList<>();
    for (Optional<DataPoint> slot : window.slots()) {
      Map<String, Object> point = new LinkedHashMap<>();
      slot.ifPresent(it -> point(point, it));
      slots.add(point);
    }
    tree.put("slots", slots);
    return tree;
  }

  private static void point(Map<String, Object> tree, DataPoint point) {
    tree.put("observedAt", point.observedAt().toString());
    tree.put("value", point.value());
    tree.put("exactness", point.exactness().name().toLowerCase(Locale.ROOT));
  }

  /** Reads what {@link #tree()} has written. */
  public static Read<EvaluationInputs> read(Object tree) {
    Reading reading = new Reading("inputs", tree, new Problems());
    Optional<Instant> now = reading.moment("time");
    EvaluationInputs inputs =
        new EvaluationInputs(reading.observations(), reading.state(), now.orElse(Instant.EPOCH));
    if (now.isEmpty()) {
      reading.complain("time", "is missing");
    }
    return reading.problems.isEmpty()
        ? new Read.Valid<>(inputs)
        : new Read.Invalid<>(reading.problems.list());
  }

  /** One map on its way. What cannot be understood is a problem, and something harmless. */
  private record Reading(String path, Map<?, ?> tree, Problems problems) {

    Reading(String path, @Nullable Object raw, Problems problems) {
      this(path, raw instanceof Map<?, ?> map ? map : Map.of(), problems);
      if (!(raw instanceof Map<?, ?>)) {
        problems.add(Problem.of(path, "must be an object"));
      }
    }

    void complain(String key, String why) {
      problems.add(Problem.of(path + "." + key, why));
    }

    Observations observations() {
      Map<String, Observation> rules = new HashMap<>();
      for (Reading each : list("observations")) {
        rules.put(
            each.text("rule"),
            each.tree.containsKey("missing")
                ? new Observation.Missing(each.text("missing"))
                : each.point()
                    .<Observation>map(it ->
                        new Observation.Sampled(
                            it.observedAt(), it.value(), it.exactness(), each.text("source")))
                    .orElseGet(() -> new Observation.Missing("")));
      }
      return new Observations(
          rules,
          replicas("currentReplicas"),
          replicas("pendingReplicas"),
          busy(),
          room(),
          tree.containsKey("quota") ? OptionalInt.of(replicas("quota")) : OptionalInt.empty(),
          override(),
          moment("resumedAt"));
    }

    private BusyWorkers busy() {
      Reading busy = child("busy");
      return busy.tree.containsKey(UNTRACKED)
          ? new BusyWorkers.Untracked()
          : busy.tree.containsKey(UNKNOWN)
              ? new BusyWorkers.Unknown(busy.text(UNKNOWN))
              : new BusyWorkers.Known(busy.replicas("workers"));
    }

    private Room room() {
      Reading room = child("room");
      return room.tree.containsKey(UNKNOWN)
          ? new Room.Unknown(room.text(UNKNOWN))
          : new Room.Fits(room.replicas("replicas"));
    }

    private Optional<ManualOverride> override() {
      if (!tree.containsKey("override")) {
        return Optional.empty();
      }
      Reading override = child("override");
      Optional<Order> order = Controls.order(override.text("order"));
      Optional<Instant> until = override.moment("until");
      if (order.isEmpty() || until.isEmpty()) {
        complain("override", "is no order with its end");
        return Optional.empty();
      }
      return Optional.of(new ManualOverride(order.get(), until.get()));
    }

    EngineState state() {
      Map<String, RuleWindow> windows = new HashMap<>();
      for (Reading each : list("windows")) {
        List<Optional<DataPoint>> slots = new ArrayList<>();
        for (Reading slot : each.list("slots")) {
          slots.add(slot.tree.isEmpty() ? Optional.empty() : slot.point());
        }
        windows.put(
            each.text("rule"), new RuleWindow(slots, each.moment("newestAt").orElse(Instant.MIN)));
      }
      Actions actions =
          switch (PolicyStatus.read(Optional.ofNullable((Object) tree.get("actions")).orElse(""))) {
            case Read.Valid<Actions>(Actions it) -> it;
            case Read.Invalid<Actions>(List<Problem> faults) -> {
              faults.forEach(problems::add);
              yield Actions.NONE;
            }
          };
      return new EngineState(
          windows, Schedule.Active.NONE, moment("evaluatedBefore").orElse(Instant.MIN), actions);
    }

    private Optional<DataPoint> point() {
      Optional<Instant> at = moment("observedAt");
      double value = tree.get("value") instanceof Number it ? it.doubleValue() : Double.NaN;
      String word = text("exactness");
      for (Exactness exactness : Exactness.values()) {
        if (exactness.name().toLowerCase(Locale.ROOT).equals(word)
            && at.isPresent()
            && Double.isFinite(value)) {
          return Optional.of(new DataPoint(at.get(), value, exactness));
        }
      }
      complain("value", "is no value with its time and exactness");
      return Optional.empty();
    }

    private Reading child(String key) {
      return new Reading(path + "." + key, tree.get(key), problems);
    }

    private List<Reading> list(String key) {
      List<Reading> items = new ArrayList<>();
      if (tree.get(key) instanceof List<?> list) {
        list.forEach(item -> items.add(new Reading(path + "." + key, item, problems)));
      } else {
        complain(key, "must be a list");
      }
      return items;
    }

    private String text(String key) {
      return tree.get(key) instanceof String text ? text : "";
    }

    private int replicas(String key) {
      if (tree.get(key) instanceof Number it && it.intValue() >= 0) {
        return it.intValue();
      }
      complain(key, "must be a number of replicas");
      return 0;
    }

    Optional<Instant> moment(String key) {
      if (!tree.containsKey(key)) {
        return Optional.empty();
      }
      Optional<Instant> moment = Moment.parse(text(key));
      if (moment.isEmpty()) {
        complain(key, "must be a time");
      }
      return moment;
    }
  }
}
