package io.gpuscaling.adapter.ingest;

import io.gpuscaling.adapter.store.SampleStore;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.proto.v1.AdapterMessage;
import io.gpuscaling.proto.v1.ExporterMessage;
import io.gpuscaling.proto.v1.IngestGrpc;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.random.RandomGenerator;

/**
 * Serves the streams of exporters that {@link IngestAuthenticator} has let in. Safe for use by any
 * thread.
 */
final class IngestService extends IngestGrpc.IngestImplBase {

  private final SampleStore store;
  private final IngestSettings settings;
  private final Ticker ticker;
  private final InstantSource clock;
  private final ScheduledExecutorService scheduler;
  private final IngestMetrics metrics;
  private final StreamLifetimes lifetimes;
  private final RefusedStreams refused;
  private final Set<IngestStream> open = ConcurrentHashMap.newKeySet();

  IngestService(
      SampleStore store,
      IngestSettings settings,
      Ticker ticker,
      InstantSource clock,
      ScheduledExecutorService scheduler,
      IngestMetrics metrics) {
    this.store = store;
    this.settings = settings;
    this.ticker = ticker;
    this.clock = clock;
    this.scheduler = scheduler;
    this.metrics = metrics;
    this.lifetimes =
        new StreamLifetimes(
            settings.maxStreamAge(), settings.watchInterval(), RandomGenerator.getDefault());
    this.refused = new RefusedStreams(settings.maxStreams());
  }

  @Override
  public StreamObserver<ExporterMessage> stream(StreamObserver<AdapterMessage> responses) {
    ExporterIdentity.Known identity = IngestAuthenticator.IDENTITY.get();
    if (identity == null) {
      // Cannot happen while the interceptor stands in front; fails closed should it ever be left
      // out.
      throw Status.UNAUTHENTICATED.withDescription("no identity").asRuntimeException();
    }
    var session = new IngestSession(identity.contributor(), store, ticker);
    var stream =
        new IngestStream(
            identity.contributor(),
            lifetimes.next(identity.expiresAt(), clock.instant()),
            session,
            (ServerCallStreamObserver<AdapterMessage>) responses,
            settings,
            ticker,
            clock,
            metrics,
            refused,
            open::remove);
    if (open.size() >= settings.maxStreams()) {
      stream.end(
          Status.RESOURCE_EXHAUSTED.withDescription(
              "more than " + settings.maxStreams() + " streams"));
    } else {
      open.add(stream);
      stream.watch(scheduler);
    }
    return stream;
  }

  /** Ends all streams; the exporters connect to another replica or come back. */
  void endAll() {
    open.forEach(
        stream -> stream.end(Status.UNAVAILABLE.withDescription("the adapter is shutting down")));
  }
}
