package io.gpuscaling.adapter.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.store.Contributor;
import io.gpuscaling.adapter.store.SampleStore;
import io.gpuscaling.proto.v1.AdapterMessage;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.prometheus.client.CollectorRegistry;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What a stream does to its call, where the order of events matters. */
class IngestStreamTest {

  private static final Contributor NODE = new Contributor.Node("gpu-1");

  private final AtomicLong now = new AtomicLong();
  private final SampleStore store = new SampleStore(now::get, Duration.ofHours(1));
  private final CollectorRegistry registry = new CollectorRegistry();
  private final AtomicInteger forgotten = new AtomicInteger();
  private final Call call = new Call();
  private final IngestStream stream = stream();

  @Test
  void onNext_afterTheEnd_changesNothing() {
    stream.onNext(Messages.hello("gpu-1"));
    stream.end(Status.ABORTED);

    stream.onNext(Messages.snapshot(1, Messages.gpu(1, "0", 5)));

    assertThat(store.snapshot().contributors()).isEmpty();
    assertThat(call.sent).hasSize(1);
  }

  @Test
  void end_fromTwoThreads_endsTheCallOnce() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var both = new CyclicBarrier(2);
      List<Future<?>> ends = new ArrayList<>();
      for (Status status : List.of(Status.ABORTED, Status.DEADLINE_EXCEEDED)) {
        ends.add(
            threads.submit(() -> {
              both.await();
              stream.end(status);
              return null;
            }));
      }
      for (Future<?> each : ends) {
        each.get(20, TimeUnit.SECONDS);
      }
    }
    assertThat(call.ends).hasValue(1);
    assertThat(forgotten).hasValue(1);
    assertThat(registry.getSampleValue("gpuscaling_ingest_streams")).isZero();
  }

  @Test
  void onError_afterTheEnd_isCountedOnce() {
    stream.end(Status.OK);
    stream.onError(Status.CANCELLED.asRuntimeException());
    stream.onCompleted();

    assertThat(call.ends).hasValue(1);
    assertThat(registry.getSampleValue("gpuscaling_ingest_streams")).isZero();
  }

  @Test
  void onNext_readerIsSlow_losesAcknowledgementsAndNothingElse() {
    stream.onNext(Messages.hello("gpu-1"));
    call.ready = false;

    stream.onNext(Messages.snapshot(1));
    stream.onNext(Messages.delta(9, 8).get());

    assertThat(call.sent)
        .extracting(AdapterMessage::getBodyCase)
        .containsExactly(AdapterMessage.BodyCase.WELCOME, AdapterMessage.BodyCase.SNAPSHOT_REQUEST);
    assertThat(store.snapshot().contributor(NODE)).isNotNull();
  }

  private IngestStream stream() {
    var settings =
        new IngestSettings(
            new InetSocketAddress(0),
            Path.of("tls.crt"),
            Path.of("tls.key"),
            Optional.empty(),
            Duration.ofMinutes(1),
            "audience",
            Map.of(),
            Duration.ofSeconds(30),
            Duration.ofMinutes(10),
            1,
            "1.2.3");
    return new IngestStream(
        NODE,
        Duration.ofMinutes(10),
        new IngestSession(NODE, store, now::get),
        call,
        settings,
        now::get,
        () -> Instant.EPOCH,
        new IngestMetrics(registry),
        new RefusedStreams(1),
        _ -> forgotten.incrementAndGet());
  }

  /** A call that notes what is done to it and refuses what gRPC refuses. */
  private static final class Call extends ServerCallStreamObserver<AdapterMessage> {
    private final List<AdapterMessage> sent = new ArrayList<>();
    private final AtomicInteger ends = new AtomicInteger();
    private boolean ready = true;

    @Override
    public void onNext(AdapterMessage value) {
      assertThat(ends).as("call is open").hasValue(0);
      sent.add(value);
    }

    @Override
    public void onError(Throwable t) {
      assertThat(ends.incrementAndGet()).isEqualTo(1);
    }

    @Override
    public void onCompleted() {
      assertThat(ends.incrementAndGet()).isEqualTo(1);
    }

    @Override
    public boolean isReady() {
      return ready;
    }

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public void setOnCancelHandler(Runnable onCancelHandler) {}

    @Override
    public void setCompression(String compression) {}

    @Override
    public void setOnReadyHandler(Runnable onReadyHandler) {}

    @Override
    public void request(int count) {}

    @Override
    public void setMessageCompression(boolean enable) {}

    @Override
    public void disableAutoInboundFlowControl() {}
  }
}
