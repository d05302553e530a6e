package io.gpuscaling.adapter.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.api.MetricCatalogue;
import io.gpuscaling.adapter.api.SubresourceQueries;
import io.gpuscaling.adapter.api.json.Answer;
import io.gpuscaling.adapter.api.json.StaticDocuments;
import io.gpuscaling.adapter.api.request.RouteOptions;
import io.gpuscaling.adapter.auth.Authentication;
import io.gpuscaling.adapter.auth.BlockingCalls;
import io.gpuscaling.adapter.auth.ClientCertificates;
import io.gpuscaling.adapter.auth.TokenMemo;
import io.gpuscaling.kubernetes.identity.AccessReview;
import io.gpuscaling.kubernetes.identity.UserInfo;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpServerCodec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One HTTP/1.1 connection, with answers that come when the test says so. */
class ExchangeHandlerTest {

  private static final String GET = "GET /version HTTP/1.1\r\nHost: x\r\n\r\n";
  private final BlockingCalls calls = new BlockingCalls();
  private final Queue<CompletableFuture<Authentication>> pending = new ArrayDeque<>();
  private final AtomicInteger observed = new AtomicInteger();
  private final FakeMetrics metrics = new FakeMetrics();
  private final RequestService service =
      new RequestService(
          _ -> {
            var future = new CompletableFuture<Authentication>();
            pending.add(future);
            return future;
          },
          _ -> CompletableFuture.completedFuture(new AccessReview.Allowed()),
          new Endpoints(
              metrics,
              SubresourceQueries.NONE,
              new Health(List.of()),
              () -> Answer.text(200, ""),
              calls,
              StaticDocuments.of("1"),
              InstantSource.system()),
          RouteOptions.DEFAULT,
          (_, _, _, _) -> observed.incrementAndGet(),
          () -> 0);
  private final EmbeddedChannel channel = channel();

  private EmbeddedChannel channel() {
    var arrival = new ArrivalDeadline(ApiServerLimits.ARRIVAL_TIMEOUT);
    return new EmbeddedChannel(
        arrival,
        new HttpServerCodec(),
        new ExchangeHandler(
            service,
            new ExchangeHandler.Connection() {
              @Override
              public ClientCertificates certificates() {
                return ClientCertificates.NONE;
              }

              @Override
              public TokenMemo tokens() {
                return new TokenMemo();
              }

              @Override
              public Duration arrivalTimeout() {
                return ApiServerLimits.ARRIVAL_TIMEOUT;
              }

              @Override
              public void arrived() {
                arrival.arrived();
              }

              @Override
              public void drain() {}
            },
            false));
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
    calls.close();
  }

  @Test
  void pipelinedRequests_areAnsweredInOrderOneAtATime() {
    send(GET + GET + "GET /nope HTTP/1.1\r\nHost: x\r\n\r\n");
    assertThat(pending).hasSize(1);
    assertThat(service.inFlight()).isEqualTo(1);
    assertThat(channel.config().isAutoRead()).isFalse();

    answerNext();
    assertThat(received()).containsOnlyOnce("HTTP/1.1 200 OK");
    answerNext();
    assertThat(received()).containsOnlyOnce("HTTP/1.1 200 OK");
    answerNext();
    assertThat(received()).startsWith("HTTP/1.1 404 Not Found");

    assertThat(service.inFlight()).isZero();
    assertThat(channel.config().isAutoRead()).isTrue();
    assertThat(observed).hasValue(3);
  }

  @Test
  void tooManyPipelined_closes() {
    send(GET.repeat(ApiServerLimits.MAX_PIPELINED + 2));

    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void drain_whileServing_answersThenCloses() {
    send(GET);
    channel.pipeline().fireUserEventTriggered(Drain.NOW);
    assertThat(channel.isOpen()).isTrue();

    answerNext();

    assertThat(received()).contains("200 OK").containsIgnoringCase("connection: close");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void drain_whileIdle_closesAtOnce() {
    channel.pipeline().fireUserEventTriggered(Drain.NOW);

    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void stranger_isAnsweredThenClosed() {
    send(GET);
    pending.remove().complete(new Authentication.Rejected("bad"));
    channel.runPendingTasks();

    assertThat(received()).startsWith("HTTP/1.1 401 Unauthorized");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void brokenRequest_isRefusedAndClosed() {
    send("GET /version HTTP/1.1\r\nbad header line\r\n\r\n");

    assertThat(received()).startsWith("HTTP/1.1 400 Bad Request");
    assertThat(channel.isOpen()).isFalse();
    assertThat(pending).isEmpty();
  }

  @Test
  void brokenRequest_behindOneThatIsServed_closes() {
    send(GET + "GET /version HTTP/1.1\r\nbad header line\r\n\r\n");

    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void bodyBeyondLimit_isRefusedBeforeItHasArrived() {
    send(
        "POST /version HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n"
            + "x".repeat(ApiServerLimits.MAX_BODY_BYTES + 1));

    assertThat(received()).startsWith("HTTP/1.1 413");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void drippedRequest_isClosedAtItsDeadline() {
    send("GET /version HTTP/1.1\r\nHost");
    channel.advanceTimeBy(ApiServerLimits.ARRIVAL_TIMEOUT.toMillis() - 1000, TimeUnit.MILLISECONDS);
    send(": x");
    channel.runScheduledPendingTasks();
    assertThat(channel.isOpen()).isTrue();

    channel.advanceTimeBy(1001, TimeUnit.MILLISECONDS);
    channel.runScheduledPendingTasks();

    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void servedRequest_hasNoArrivalDeadlineAnyMore() {
    send(GET);
    channel.advanceTimeBy(ApiServerLimits.ARRIVAL_TIMEOUT.toMillis() + 1000, TimeUnit.MILLISECONDS);
    channel.runScheduledPendingTasks();

    assertThat(channel.isOpen()).isTrue();
  }

  @Test
  void tooManyInFlight_are429ButProbesGetThrough() {
    for (int i = 0; i < ApiServerLimits.MAX_IN_FLIGHT; i++) {
      var _ = service.serve(head("/version"), ClientCertificates.NONE);
    }

    Served refused = service.serve(head("/version"), ClientCertificates.NONE).join();
    CompletableFuture<Served> probe = service.serve(head("/livez"), ClientCertificates.NONE);

    assertThat(refused.code()).isEqualTo(429);
    assertThat(probe).isNotDone();
    pending.forEach(future ->
        future.complete(
            new Authentication.Authenticated(new UserInfo("u", "", List.of(), Map.of()))));
    assertThat(probe.join().code()).isEqualTo(200);
    assertThat(service.inFlight()).isZero();
  }

  @Test
  void requestWithTimeout_notAnsweredInTime_is504() {
    Served served = service.serve(head("/version?timeout=10ms"), ClientCertificates.NONE).join();

    assertThat(served.code()).isEqualTo(504);
    assertThat(new String(served.answer().body(), StandardCharsets.UTF_8))
        .contains("Timeout: no answer in time");
    assertThat(head("/x?token=s")).hasToString("GET /x");
  }

  @Test
  void discovery_isRightBeforeAnyMetricIsKnown() {
    metrics.setCatalogue(MetricCatalogue.EMPTY);
    CompletableFuture<Served> served =
        service.serve(head("/apis/external.metrics.k8s.io/v1beta1"), ClientCertificates.NONE);
    answerNext();

    assertThat(new String(served.join().answer().body(), StandardCharsets.UTF_8))
        .contains("\"externalmetrics\"");
  }

  private static RequestHead head(String target) {
    return new RequestHead("GET", target, new NettyHeaders(new DefaultHttpHeaders()));
  }

  private void send(String text) {
    channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
  }

  private void answerNext() {
    pending
        .remove()
        .complete(new Authentication.Authenticated(new UserInfo("u", "", List.of(), Map.of())));
    channel.runPendingTasks();
  }

  private String received() {
    var text = new StringBuilder();
    for (ByteBuf piece = channel.readOutbound(); piece != null; piece = channel.readOutbound()) {
      text.append(piece.toString(StandardCharsets.UTF_8));
      piece.release();
    }
    return text.toString();
  }
}
