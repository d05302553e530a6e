package io.gpuscaling.exporter.rabbitmq;

import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.core.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the queues of all vhosts of one broker, in an order by which none of them starves. For
 * one thread, but for {@link #close}.
 */
final class BrokerSweep implements AutoCloseable {

  private final Map<String, QueueProbe> probes = new TreeMap<>();
  private final Ticker ticker;

  /** The one to begin with: the first whose queues were not all reached the last time. */
  private String firstVhost = "";

  /**
   * A sweep of these vhosts.
   *
   * @param probe makes the probe of a vhost
   */
  BrokerSweep(Iterable<String> vhosts, Function<String, QueueProbe> probe, Ticker ticker) {
    vhosts.forEach(vhost -> probes.put(vhost, probe.apply(vhost)));
    this.ticker = ticker;
  }

  /** Ends the connections; a sweep that waits for the broker ends with them. By any thread. */
  @Override
  public void close() {
    probes.values().forEach(QueueProbe::close);
  }

  /**
   * What a look at all queues gave.
   *
   * @param vhosts that answered
   * @param asked their queues that were due
   * @param failures of the other vhosts
   */
  record Swept(int vhosts, List<Asked> asked, SortedMap<String, ProbeResult.Unavailable> failures) {

    /** One of the failures; null when there is none. */
    ProbeResult.@Nullable Unavailable failure() {
      return failures.isEmpty() ? null : failures.lastEntry().getValue();
    }

    int notReached() {
      return (int) asked.stream().filter(it -> it.answer() == null).count();
    }
  }

  /**
   * Asks for all queues that are due. The vhosts share the time; the one that came too late the
   * last time comes first.
   */
  Swept sweep(WatchedQueues queues, long untilNanos) {
    ProbeResult.@Nullable Unavailable failure = null;
    SortedMap<String, ProbeResult.Unavailable> failures = new TreeMap<>();
    int answered = 0;
    String lateVhost = "";
    List<Asked> asked = new ArrayList<>(queues.size());
    List<String> vhosts = new ArrayList<>(queues.vhosts());
    Collections.rotate(vhosts, -Math.max(0, vhosts.indexOf(firstVhost)));
    for (String vhost : vhosts) {
      // The vhosts are of one broker: when it cannot be reached, the others are not tried.
      int before = asked.size();
      ProbeResult result =
          failure != null && failure.reason() == UnknownReason.UNREACHABLE
              ? failure
              : probe(
                  vhost, queues.of(vhost), Duration.ofNanos(untilNanos - ticker.nanos()), asked);
      switch (result) {
        case ProbeResult.Answered _ -> {
          answered++;
          boolean isLate =
              asked.subList(before, asked.size()).stream().anyMatch(it -> it.answer() == null);
          lateVhost = lateVhost.isEmpty() && isLate ? vhost : lateVhost;
        }
        case ProbeResult.Unavailable unavailable -> {
          failure = unavailable;
          failures.put(vhost, unavailable);
          long now = ticker.nanos();
          queues.of(vhost).values().forEach(model -> model.lose(unavailable.reason(), now));
        }
      }
    }
    firstVhost = lateVhost.isEmpty() ? firstVhost : lateVhost;
    return new Swept(answered, asked, failures);
  }

  /**
   * A queue that was asked for, or was to be.
   *
   * @param answer null when there was no time
   */
  record Asked(QueueId queue, QueueModel model, @Nullable QueueAnswer answer, long atNanos) {}

  private ProbeResult probe(
      String vhost, Map<QueueId, QueueModel> models, Duration timeout, List<Asked> asked) {
    long now = ticker.nanos();
    var due = new ArrayList<Map.Entry<QueueId, QueueModel>>();
    var suspects = new HashSet<String>();
    for (Map.Entry<QueueId, QueueModel> each : models.entrySet()) {
      if (each.getValue().isDue(now)) {
        due.add(each);
        if (each.getValue().isSilent()) {
          suspects.add(each.getKey().queue());
        }
      }
    }
    // Those that were not reached the last time come first.
    due.sort(Comparator.comparingLong(each -> each.getValue().lookedAtNanos() - now));
    ProbeResult result =
        Objects.requireNonNull(probes.get(vhost))
            .probe(due.stream().map(each -> each.getKey().queue()).toList(), suspects, timeout);
    if (result instanceof ProbeResult.Answered(Map<String, QueueAnswer> answers)) {
      due.forEach(each ->
          asked.add(
              new Asked(each.getKey(), each.getValue(), answers.get(each.getKey().queue()), now)));
    }
    return result;
  }
}
