package io.gpuscaling.adapter.apiserver;

import io.gpuscaling.adapter.auth.ClientCertificates;
import io.gpuscaling.adapter.auth.TokenMemo;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLPeerUnverifiedException;

/** Sets up each connection: TLS, then the protocol that the client chose, then the requests. */
@SuppressWarnings("FutureReturnValueIgnored") // a write or close that fails ends the channel
final class ConnectionInitializer extends ChannelInitializer<Channel> {

  private final ServingCertificate certificate;
  private final RequestService service;
  private final ConnectionAdmission admission;
  private final ConnectionDeadlines deadlines;
  private final Duration drainTimeout;

  ConnectionInitializer(
      ServingCertificate certificate,
      RequestService service,
      ConnectionAdmission admission,
      ConnectionDeadlines deadlines,
      Duration drainTimeout) {
    this.certificate = certificate;
    this.service = service;
    this.admission = admission;
    this.deadlines = deadlines;
    this.drainTimeout = drainTimeout;
  }

  @Override
  protected void initChannel(Channel channel) {
    if (!admission.admit(channel)) {
      channel.close();
      return;
    }
    SslHandler tls = certificate.context().newHandler(channel.alloc());
    tls.setHandshakeTimeoutMillis(deadlines.handshake().toMillis());
    channel.pipeline().addLast(tls).addLast(new Negotiated(tls));
  }

  /** Finishes the pipeline when the handshake is through. */
  private final class Negotiated extends ApplicationProtocolNegotiationHandler {

    private final SslHandler tls;

    Negotiated(SslHandler tls) {
      super(ApplicationProtocolNames.HTTP_1_1);
      this.tls = tls;
    }

    @Override
    protected void configurePipeline(ChannelHandlerContext ctx, String protocol) {
      ClientCertificates certificates = certificates(tls);
      ctx.pipeline()
          .addLast(new IdleStateHandler(0, 0, deadlines.idle().toMillis(), TimeUnit.MILLISECONDS));
      if (protocol.equals(ApplicationProtocolNames.HTTP_2)) {
        multiplexed(ctx.pipeline(), certificates);
      } else {
        sequential(ctx.pipeline(), certificates);
      }
      limitAge(ctx.channel());
    }

    @Override
    protected void handshakeFailure(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close(); // scanners and clients that do not trust us: no fault of ours
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }

  private void sequential(ChannelPipeline pipeline, ClientCertificates certificates) {
    var arrival = new ArrivalDeadline(deadlines.arrival());
    pipeline
        .addLast(arrival)
        .addLast(
            new HttpServerCodec(
                new HttpDecoderConfig()
                    .setMaxInitialLineLength(ApiServerLimits.MAX_REQUEST_LINE_BYTES)
                    .setMaxHeaderSize(ApiServerLimits.MAX_HEADER_BYTES)))
        .addLast(
            new ExchangeHandler(service, peer(certificates, arrival::arrived, pipeline), false));
  }

  private void multiplexed(ChannelPipeline pipeline, ClientCertificates certificates) {
    int resetWindow = (int) ApiServerLimits.RESET_WINDOW.toSeconds();
    var peer = peer(certificates, () -> {}, pipeline);
    pipeline
        .addLast(new FrameArrivalDeadline(deadlines.arrival()))
        .addLast(
            Http2FrameCodecBuilder.forServer()
                .initialSettings(
                    Http2Settings.defaultSettings()
                        .maxConcurrentStreams(ApiServerLimits.MAX_STREAMS)
                        .maxHeaderListSize(ApiServerLimits.MAX_HEADER_BYTES))
                .decoderEnforceMaxRstFramesPerWindow(ApiServerLimits.MAX_RESETS, resetWindow)
                .encoderEnforceMaxRstFramesPerWindow(ApiServerLimits.MAX_RESETS, resetWindow)
                .gracefulShutdownTimeoutMillis(drainTimeout.toMillis())
                .build())
        .addLast(
            new Http2MultiplexHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel stream) {
                    stream
                        .pipeline()
                        .addLast(new Http2StreamFrameToHttpObjectCodec(true))
                        .addLast(new ExchangeHandler(service, peer, true));
                  }
                }))
        .addLast(new StreamConnectionHandler());
  }

  private Peer peer(ClientCertificates certificates, Runnable onArrival, ChannelPipeline pipeline) {
    Channel channel = pipeline.channel();
    return new Peer(
        certificates, deadlines.arrival(), onArrival, channel, address(channel), new TokenMemo());
  }

  /** Asks a connection to go when it is old, each at another moment. */
  static void limitAge(Channel channel) {
    double jitter = 1 + ApiServerLimits.AGE_JITTER * ThreadLocalRandom.current().nextDouble(-1, 1);
    Future<?> end =
        channel
            .eventLoop()
            .schedule(
                () -> channel.pipeline().fireUserEventTriggered(Drain.NOW),
                (long) (ApiServerLimits.MAX_CONNECTION_AGE.toMillis() * jitter),
                TimeUnit.MILLISECONDS);
    channel.closeFuture().addListener(_ -> end.cancel(false));
  }

  private static ClientCertificates certificates(SslHandler tls) {
    try {
      return ClientCertificates.of(
          Arrays.stream(tls.engine().getSession().getPeerCertificates())
              .map(X509Certificate.class::cast)
              .toList());
    } catch (SSLPeerUnverifiedException e) {
      return ClientCertificates.NONE; // it showed none
    }
  }

  private static String address(Channel channel) {
    return channel.remoteAddress() instanceof InetSocketAddress socket
        ? NetUtil.toAddressString(socket.getAddress())
        : "";
  }

  /** The connection as its requests see it. */
  private record Peer(
      ClientCertificates certificates,
      Duration arrivalTimeout,
      Runnable onArrival,
      Channel channel,
      String peer,
      TokenMemo tokens)
      implements ExchangeHandler.Connection {

    @Override
    public void arrived() {
      onArrival.run();
    }

    @Override
    public void drain() {
      channel.pipeline().fireUserEventTriggered(Drain.NOW);
    }
  }
}
