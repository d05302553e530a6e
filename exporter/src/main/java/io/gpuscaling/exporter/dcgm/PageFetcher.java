package io.gpuscaling.exporter.dcgm;

import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.exporter.dcgm.DcgmLocator.Location;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Gets the page of this node's dcgm-exporter, wherever that is, and refuses any other's. Looks for
 * the exporter again after each failure. Not for several threads, but for {@link #close}.
 */
final class PageFetcher implements AutoCloseable {

  /** Of two exporters behind one address it is always the same one once in 256 times. */
  private static final int PROOFS = 8;

  private final DcgmLocator locator;
  private final DcgmPageReader reader;
  private final HostGate gate;
  private final Duration timeout;
  private final @Nullable Path caFile;
  private @Nullable UtilizationUnit utilizationUnit;
  private volatile @Nullable Place place;
  private volatile boolean closed;

  private record Place(Location.At location, DcgmScraper scraper) {}

  /** What a try came to. */
  sealed interface Fetched {

    /** A page of this node, whole or not. */
    record Own(DcgmPage page) implements Fetched {}

    /**
     * None.
     *
     * @param outcome a word
     * @param reason what it means for the values
     * @param detail for people
     */
    record Failed(String outcome, UnknownReason reason, String detail) implements Fetched {}
  }

  /**
   * A fetcher.
   *
   * @param caFile whom it trusts over TLS, read again for each connection that begins anew; null:
   *     the authorities of the Java runtime
   */
  PageFetcher(
      DcgmLocator locator,
      DcgmPageReader reader,
      HostGate gate,
      Duration timeout,
      @Nullable Path caFile) {
    this.caFile = caFile;
    this.locator = locator;
    this.reader = reader;
    this.gate = gate;
    this.timeout = timeout;
  }

  /** Where the page comes from; null before it was found. */
  @Nullable URI url() {
    Place now = place;
    return now == null ? null : now.location.url();
  }

  Fetched fetch() throws InterruptedException {
    Place now = place;
    if (now == null) {
      switch (locator.locate()) {
        case Location.Nowhere(String reason) -> {
          return new Fetched.Failed("not_found", UnknownReason.UNREACHABLE, reason);
        }
        case Location.At at -> {
          try {
            now = new Place(at, DcgmScraper.create(at.url(), timeout, trust()));
          } catch (IOException e) {
            return new Fetched.Failed("tls", UnknownReason.REFUSED, String.valueOf(e.getMessage()));
          }
          place = now;
          if (closed) {
            now.scraper.close();
          }
        }
      }
    }
    Fetched fetched = fetch(now);
    if (fetched instanceof Fetched.Failed) {
      leave(now);
    }
    return fetched;
  }

  private @Nullable SSLContext trust() throws IOException {
    return caFile == null ? null : DcgmTrust.read(caFile);
  }

  /**
   * An address that is always the same keeps its client, unless whom it trusts may have changed.
   */
  private void leave(Place failed) {
    if (caFile != null
        || !(locator.locate() instanceof Location.At at && at.equals(failed.location))) {
      failed.scraper.close();
      place = null;
    }
  }

  private Fetched fetch(Place from) throws InterruptedException {
    Fetched fetched = read(from.scraper.scrape());
    if (!(fetched instanceof Fetched.Own(DcgmPage page))) {
      return fetched;
    }
    Fetched judged =
        switch (gate.judge(page.hostnames(), from.location)) {
          case OWN -> fetched;
          case FOREIGN -> foreign(page);
          case UNPROVEN -> prove(page, from.location);
        };
    if (judged instanceof Fetched.Own(DcgmPage own)) {
      utilizationUnit = own.utilizationUnit();
    }
    return judged;
  }

  private static Fetched foreign(DcgmPage page) {
    return new Fetched.Failed(
        "other_node",
        UnknownReason.INVALID,
        "the page calls its host "
            + shown(page.hostnames())
            + ", which is not this node; see dcgm.hostnames");
  }

  private Fetched read(ScrapeResult result) {
    return switch (result) {
      case ScrapeResult.Failed(ScrapeFailure failure, String detail) ->
          new Fetched.Failed(failure.label(), failure.reason(), detail);
      case ScrapeResult.Body(byte[] bytes) ->
          switch (reader.read(bytes, utilizationUnit)) {
            case DcgmReading.Refused(String reason, int line) ->
                new Fetched.Failed(
                    reason, UnknownReason.INVALID, "it is no page of DCGM, line " + line);
            case DcgmReading.Understood(DcgmPage page) -> new Fetched.Own(page);
          };
    };
  }

  /**
   * Asks again over new connections. A page that bears this node's name ends the doubt, and so does
   * one that bears a third name.
   */
  private Fetched prove(DcgmPage doubtful, Location.At location) throws InterruptedException {
    for (int i = 0; i < PROOFS; i++) {
      try (DcgmScraper other =
          DcgmScraper.create(location.url(), timeout.dividedBy(PROOFS), trust())) {
        Fetched again = read(other.scrape());
        if (!(again instanceof Fetched.Own(DcgmPage page))) {
          return again;
        }
        if (gate.judge(page.hostnames(), location) == HostGate.Verdict.OWN) {
          return again;
        }
        if (!page.hostnames().equals(doubtful.hostnames())) {
          return foreign(doubtful);
        }
      } catch (IOException e) {
        return new Fetched.Failed("tls", UnknownReason.REFUSED, String.valueOf(e.getMessage()));
      }
    }
    doubtful.hostnames().forEach(gate::accept);
    return new Fetched.Own(doubtful);
  }

  private static String shown(Set<String> hostnames) {
    return hostnames.stream()
        .limit(3)
        .map(name -> name.replaceAll("[^A-Za-z0-9._:-]", "?"))
        .map(name -> name.length() > 80 ? name.substring(0, 80) : name)
        .toList()
        .toString();
  }

  /** Ends a try that runs; it fails then. For any thread. */
  @Override
  public void close() {
    closed = true;
    Place now = place;
    if (now != null) {
      now.scraper.close();
    }
  }
}
