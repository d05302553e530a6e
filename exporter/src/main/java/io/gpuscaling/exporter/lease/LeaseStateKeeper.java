package io.gpuscaling.exporter.lease;

import io.gpuscaling.core.lifecycle.PeriodicTask;
import io.gpuscaling.core.time.Ticker;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the leases in a file, so that an exporter that is started again goes on with them at once.
 * Writes on a thread of its own, at most once in {@link #INTERVAL}, and once more when it closes:
 * no worker waits for a disk. What cannot be kept or read is counted and logged once; the exporter
 * goes on without. {@link #readBack} first, then start, then close; each once.
 */
final class LeaseStateKeeper implements AutoCloseable {

  /**
   * Between two writes. What changed since the last one is not known after a crash until workers
   * renew; so often an fsync of a few KiB costs a disk nothing.
   */
  static final Duration INTERVAL = Duration.ofSeconds(1);

  private static final Logger LOG = LoggerFactory.getLogger(LeaseStateKeeper.class);

  private static final String OK = "ok";

  private final LeaseRegistry registry;
  private final LeaseStateFile file;
  private final NodeClock clock;
  private final Ticker ticker;
  private final Duration timeToLive;
  private final Counter reads;
  private final Counter writes;
  private final PeriodicTask writing = new PeriodicTask("lease-state", INTERVAL, this::write);

  // Guarded by this: closing writes too.
  private String lastOutcome = "";
  private boolean emptyWritten;
  private long writtenAtNanos;

  /** Registers its families. */
  LeaseStateKeeper(
      LeaseRegistry registry,
      LeaseStateFile file,
      NodeClock clock,
      Ticker ticker,
      Duration timeToLive,
      CollectorRegistry collectors) {
    this.registry = registry;
    this.file = file;
    this.clock = clock;
    this.ticker = ticker;
    this.timeToLive = timeToLive;
    this.reads =
        Counter.build(
                "gpuscaling_lease_state_reads_total",
                "Files of leases that were read at the start, by outcome.")
            .labelNames("outcome")
            .register(collectors);
    this.writes =
        Counter.build(
                "gpuscaling_lease_state_writes_total",
                "Times that the leases were to be kept in their file, by outcome.")
            .labelNames("outcome")
            .register(collectors);
  }

  /**
   * Goes on with what an earlier process has kept, if that can be. Before any worker is heard.
   *
   * @return whether it could
   */
  boolean readBack() {
    // Before the node's clock: what is read later lives shorter by it, never longer.
    long beforeNanos = ticker.nanos();
    StateFileReading reading;
    try {
      reading = file.read(clock.read(), timeToLive);
    } catch (IOException e) {
      reading =
          new StateFileReading.Unusable(StateFileReading.Reason.UNREADABLE, String.valueOf(e));
    }
    return switch (reading) {
      case StateFileReading.Usable(LeaseState state, long ageNanos) -> {
        reads.labels(OK).inc();
        registry.restore(state, beforeNanos - ageNanos);
        LOG.atInfo()
            .addKeyValue("sessions", registry.sessionCount())
            .addKeyValue("ageMillis", Duration.ofNanos(ageNanos).toMillis())
            .log("going on with the leases of the former process");
        yield true;
      }
      case StateFileReading.Unusable(StateFileReading.Reason reason, String detail) -> {
        reads.labels(reason.label()).inc();
        LOG.atInfo()
            .addKeyValue("reason", reason.label())
            .addKeyValue("detail", detail)
            .log("no leases of a former process: tasks are unknown for one time to live");
        yield false;
      }
    };
  }

  /** Begins to write. */
  void start() {
    writing.start();
  }

  private synchronized void write() {
    String outcome;
    String detail = "";
    try {
      NodeClock.Reading at = clock.read();
      LeaseState state = registry.state();
      long now = ticker.nanos();
      if (emptyWritten && state.isEmpty() && now - writtenAtNanos < timeToLive.toNanos() / 3) {
        return; // a node without workers leaves its disk alone
      }
      outcome = file.write(state, at) ? OK : "too_large";
      emptyWritten = state.isEmpty();
      writtenAtNanos = now;
    } catch (IOException e) {
      emptyWritten = false;
      if (Thread.currentThread().isInterrupted()) {
        return; // the close writes once more
      }
      outcome = "failed";
      detail = e.toString();
    }
    writes.labels(outcome).inc();
    if (!outcome.equals(lastOutcome)) {
      lastOutcome = outcome;
      if (outcome.equals(OK)) {
        LOG.info("leases are kept in their file");
      } else {
        LOG.warn("leases are not kept ({}): a restart will not know them. {}", outcome, detail);
      }
    }
  }

  /** Writes for the last time; after it no lease may change. */
  @Override
  public void close() {
    writing.close();
    write();
  }
}
