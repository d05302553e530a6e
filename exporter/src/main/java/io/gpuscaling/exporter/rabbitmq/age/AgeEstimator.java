package io.gpuscaling.exporter.rabbitmq.age;

import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.exporter.rabbitmq.age.QueueLook.Arrivals;
import org.jspecify.annotations.Nullable;

/**
 * Estimates the age of the oldest ready message of one queue: the time since arrivals first
 * exceeded (arrivals − ready). Consumers, expiry, purge and a length limit all take the oldest
 * message, so the ready ones are the newest, and no count of departures is needed.
 *
 * <p>Arrivals are the broker's counter, and what that counter has not seen (dead letters, AMQP 1.0,
 * MQTT, what came since it was read, everything when there is none) as far as it shows: (arrivals −
 * ready) are departures, which never fall. When they seem to, messages have come back or arrived
 * uncounted:
 *
 * <ul>
 *   <li>as many as the counter, read once more after ready, has counted meanwhile are taken to have
 *       arrived since it was read first;
 *   <li>as many as were outstanding are taken to have come back, to their place: the head is an
 *       older message again, and how much older is an estimate until they have left;
 *   <li>others are taken to have arrived since the last look, and off the next rise of the counter;
 *       when that does not hold them, it misses arrivals until the queue is empty again. So it does
 *       when more have been delivered than departures explain.
 * </ul>
 *
 * <p>Fewer arrivals give an older head: so an incomplete counter means an upper bound. Not seen is
 * what comes back while as many others leave between the same two looks, and what arrives uncounted
 * while as many expire: the first makes an age too low until those have left again, the second too
 * high. One look costs O(log n) and no allocation but its answer. Time is an argument. Not for
 * several threads.
 */
public final class AgeEstimator {

  private final long resolutionNanos;
  private final ArrivalHistory history = new ArrivalHistory();

  private @Nullable QueueLook last;
  private @Nullable Arrivals lastArrivals;
  private long startedAtNanos;

  /** Known arrivals since the start. */
  private long arrivals;

  /** Of those, how many the counter may still come to count. */
  private long early;

  /** Departures since the start that have certainly happened; below 0 by the first backlog. */
  private long departures;

  /** Messages that have come back and not left again: departures = arrivals − ready + returned. */
  private long returned;

  /** Whether arrivals may be missing since ready was last 0. */
  private boolean incomplete;

  /** Whether messages may have come back since ready was last 0. */
  private boolean reordered;

  /** When nothing that is ready now had arrived; counts only if {@link #wasEmpty}. */
  private long emptyAtNanos;

  private boolean wasEmpty;

  private final DeliveryCheck deliveries = new DeliveryCheck();

  /**
   * An estimator that has seen nothing.
   *
   * @param resolutionNanos within which an arrival must lie for the age to be called exact: a
   *     little more than the time between two looks
   */
  public AgeEstimator(long resolutionNanos) {
    this.resolutionNanos = resolutionNanos;
  }

  /** Takes a look into account and answers the age at its instant. */
  public AgeEstimate observe(QueueLook look) {
    QueueLook before = last;
    if (before == null) {
      startedAtNanos = look.atNanos();
      departures = -look.ready();
      incomplete = look.arrivals() == null;
    } else {
      advance(before, look);
    }
    Arrivals counter = look.arrivals();
    if (counter != null) {
      lastArrivals = counter;
    }
    if (look.ready() == 0) {
      incomplete = counter == null;
      reordered = false;
      wasEmpty = look.outstanding() == 0;
      emptyAtNanos = look.atNanos();
    }
    if (before == null || look.ready() == 0) {
      deliveries.restart(departures - returned);
    }
    last = look;
    return answer(look);
  }

  /**
   * Whether the next look, with this count of arrivals and so many ready, could be of messages that
   * came back as well as of such that arrived since the counter was read: then it is worth to read
   * the counter again before {@link #observe}.
   */
  public boolean isAmbiguous(long count, long ready) {
    QueueLook before = last;
    Arrivals earlier = lastArrivals;
    if (before == null || earlier == null || before.outstanding() == 0) {
      return false;
    }
    long rise = Math.max(0, count - earlier.count());
    long known = arrivals + rise - Math.min(rise, early);
    return departures - (known - ready) > returned;
  }

  private void advance(QueueLook before, QueueLook look) {
    long known = arrivals;
    long sinceNanos = before.atNanos();
    Arrivals counter = look.arrivals();
    Arrivals earlier = lastArrivals;
    if (counter == null) {
      incomplete = true;
    } else if (earlier == null) {
      early = 0;
    } else {
      sinceNanos = Math.min(sinceNanos, earlier.atNanos());
      count(Math.max(0, counter.count() - earlier.count()), earlier.atNanos());
      if (counter.atNanos() - before.atNanos() >= 0) {
        settle(before);
      }
    }
    reordered |= look.redelivered() > before.redelivered();
    balance(look, before.outstanding());
    incomplete |= deliveries.exceed(counter, before.atNanos(), departures);
    if (arrivals > known) {
      history.add(arrivals, sinceNanos, look.atNanos());
    }
  }

  private void count(long rise, long sinceNanos) {
    long seen = Math.min(rise, early);
    early -= seen;
    arrivals += rise - seen;
    if (seen > 0 && rise > seen) {
      // Which of them came first is not known: those that ready showed, or those that it hid.
      history.forgetSince(sinceNanos);
    }
  }

  /** The counter holds all that it will ever hold of the look before. */
  private void settle(QueueLook before) {
    incomplete |= early > 0;
    early = 0;
    // Else what seemed to come back had arrived after that look's counter was read.
    reordered |= departures > arrivals - before.ready();
  }

  private void balance(QueueLook look, long outstanding) {
    long backwards = departures - (arrivals - look.ready());
    if (backwards <= returned) {
      returned = Math.max(0, backwards);
      departures = Math.max(departures, arrivals - look.ready());
      return;
    }
    long more = backwards - returned;
    long meanwhile = look.arrivals() == null ? 0 : Math.min(more, look.arrivals().meanwhile());
    long back = Math.min(more - meanwhile, outstanding);
    long uncounted = more - back;
    returned += back;
    arrivals += uncounted;
    early += uncounted;
  }

  private AgeEstimate answer(QueueLook look) {
    if (look.ready() == 0) {
      return new AgeEstimate.Empty();
    }
    long head = departures - returned + 1;
    if (head <= 0) {
      // It was there at the first look, unless arrivals are missing: then it may have left.
      return incomplete || isLate(look)
          ? new AgeEstimate.Undetermined()
          : new AgeEstimate.Age(look.atNanos() - startedAtNanos, Exactness.LOWER_BOUND);
    }
    return switch (look.order()) {
      case FIRST_IN -> inOrder(look, head);
      case RETURNS_TO_TAIL -> reordered ? overtaking(look, head) : inOrder(look, head);
      case BY_PRIORITY -> overtaking(look, head);
    };
  }

  private AgeEstimate inOrder(QueueLook look, long head) {
    ArrivalHistory.Bracket arrival = history.arrivalOf(head);
    boolean isWide = arrival.toNanos() - arrival.fromNanos() > resolutionNanos;
    Exactness exactness =
        returned > 0
            ? Exactness.ESTIMATE
            : incomplete || isWide || isLate(look) ? Exactness.UPPER_BOUND : Exactness.EXACT;
    // Within the two looks it is as likely early as late; a bound must not be too low.
    long arrivedAtNanos =
        exactness == Exactness.EXACT
            ? arrival.fromNanos() + (arrival.toNanos() - arrival.fromNanos()) / 2
            : arrival.fromNanos();
    return new AgeEstimate.Age(look.atNanos() - arrivedAtNanos, exactness);
  }

  /** What arrives between the counter's look and this one makes the head an earlier message. */
  private boolean isLate(QueueLook look) {
    Arrivals counter = look.arrivals();
    return counter != null && look.atNanos() - counter.atNanos() > resolutionNanos / 4;
  }

  /**
   * The oldest of n messages is at least as old as the n-th newest arrival, unless arrivals are
   * missing, which make that one older than it is; and it has arrived since the queue was empty.
   */
  private AgeEstimate overtaking(QueueLook look, long head) {
    // What may have arrived since the counter was read makes the n-th newest a younger one.
    long youngest = Math.min(arrivals, head + returned);
    long atLeast = look.atNanos() - history.arrivalOf(youngest).toNanos();
    long sinceEmpty = look.atNanos() - emptyAtNanos;
    if (wasEmpty && !reordered && sinceEmpty - atLeast <= resolutionNanos) {
      return new AgeEstimate.Age(sinceEmpty, Exactness.EXACT);
    }
    return new AgeEstimate.Age(
        Math.max(0, atLeast), incomplete ? Exactness.ESTIMATE : Exactness.LOWER_BOUND);
  }
}
