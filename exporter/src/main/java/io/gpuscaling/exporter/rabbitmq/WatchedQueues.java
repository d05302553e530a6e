package io.gpuscaling.exporter.rabbitmq;

import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.exporter.rabbitmq.stats.ManagementView;
import io.gpuscaling.exporter.rabbitmq.stats.ManagementView.VhostTotals;
import io.gpuscaling.exporter.rabbitmq.stats.QueueKind;
import io.gpuscaling.exporter.rabbitmq.stats.QueueTotals;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The models of the queues that are polled: those named, and those that the management API lists
 * and a pattern matches. The former are unknown when they do not exist, the latter absent. Streams
 * and exclusive queues are not matched: the depth of the one says nothing, the other can be asked
 * by its owner only. Pure; not for several threads.
 */
final class WatchedQueues {

  private final QueueSelection selection;
  private final QueueModel.Rules rules;
  private final Set<QueueId> named;
  private final Set<String> vhostsWithPatterns;
  private final Map<String, Map<QueueId, QueueModel>> models = new TreeMap<>();

  /** Vhosts with patterns that were listed at least once. */
  private final Map<String, Discovery> discoveries = new TreeMap<>();

  /**
   * What is known of the queues of a vhost that patterns match.
   *
   * @param leftOut how many more match than may be polled
   * @param problem why the list is not known now; null when it is
   */
  private record Discovery(int leftOut, @Nullable UnknownReason problem) {}

  WatchedQueues(QueueSelection selection, QueueModel.Rules rules, long nowNanos) {
    this.selection = selection;
    this.rules = rules;
    this.named = Set.copyOf(selection.queues());
    this.vhostsWithPatterns =
        selection.patterns().stream().map(QueuePattern::vhost).collect(Collectors.toSet());
    selection.vhosts().forEach(vhost -> models.put(vhost, new LinkedHashMap<>()));
    selection.queues().forEach(queue -> add(queue, nowNanos));
  }

  private void add(QueueId queue, long nowNanos) {
    of(queue.vhost()).put(queue, new QueueModel(rules, nowNanos));
  }

  /** Where they are. */
  Set<String> vhosts() {
    return models.keySet();
  }

  /** The models of a vhost. */
  Map<QueueId, QueueModel> of(String vhost) {
    return models.getOrDefault(vhost, Map.of());
  }

  /** All models. */
  Collection<QueueModel> all() {
    return models.values().stream().flatMap(it -> it.values().stream()).toList();
  }

  /**
   * The earliest instant at which one of them was looked at whose depth is known, and not after
   * this one.
   */
  long lookedAtNanos(long latestNanos) {
    long earliest = latestNanos;
    for (Map<QueueId, QueueModel> each : models.values()) {
      for (QueueModel model : each.values()) {
        if (model.isKnown() && model.lookedAtNanos() - earliest < 0) {
          earliest = model.lookedAtNanos();
        }
      }
    }
    return earliest;
  }

  /** How many queues are polled. */
  int size() {
    return models.values().stream().mapToInt(Map::size).sum();
  }

  /** How many more match patterns than may be polled. */
  int leftOut() {
    return discoveries.values().stream().mapToInt(Discovery::leftOut).sum();
  }

  /** Takes up queues that are new, and forgets those that are gone. */
  void discover(ManagementView said, long nowNanos) {
    for (String vhost : vhostsWithPatterns) {
      switch (said.vhosts().get(vhost)) {
        case VhostTotals.Known(_, Map<String, QueueTotals> queues) -> {
          forgetMissing(vhost, queues);
          takeUp(vhost, queues, nowNanos);
        }
        case VhostTotals.Unknown(UnknownReason reason) ->
            discoveries.computeIfPresent(
                vhost, (_, before) -> new Discovery(before.leftOut(), reason));
        case null -> {} // not asked yet
      }
    }
  }

  private void forgetMissing(String vhost, Map<String, QueueTotals> listed) {
    of(vhost)
        .entrySet()
        .removeIf(entry ->
            !named.contains(entry.getKey())
                && entry.getValue().isMissing()
                && !listed.containsKey(entry.getKey().queue()));
  }

  /** In the order of their names, so that the same ones are left out again. */
  private void takeUp(String vhost, Map<String, QueueTotals> listed, long nowNanos) {
    int leftOut = 0;
    for (Map.Entry<String, QueueTotals> each : new TreeMap<>(listed).entrySet()) {
      var queue = new QueueId(vhost, each.getKey());
      boolean isMatched =
          each.getValue().kind() != QueueKind.STREAM
              && !each.getValue().isExclusive()
              && selection.isMatched(queue);
      if (isMatched && !of(vhost).containsKey(queue)) {
        if (size() < selection.maxQueues()) {
          add(queue, nowNanos);
        } else {
          leftOut++;
        }
      }
    }
    discoveries.put(vhost, new Discovery(leftOut, null));
  }

  /** Whether every vhost with patterns was listed once: before, nobody knows what there is. */
  boolean isDiscovered() {
    return discoveries.keySet().containsAll(vhostsWithPatterns);
  }

  /**
   * Patterns that may match more queues than are polled, and why those are unknown: whoever sums
   * them up must hear of it.
   */
  Map<QueuePattern, UnknownReason> incomplete() {
    Map<QueuePattern, UnknownReason> incomplete = new LinkedHashMap<>();
    for (QueuePattern pattern : selection.patterns()) {
      Optional.ofNullable(discoveries.get(pattern.vhost()))
          .map(it -> it.leftOut() > 0 ? UnknownReason.NOT_REPORTED : it.problem())
          .ifPresent(reason -> incomplete.put(pattern, reason));
    }
    return incomplete;
  }
}
