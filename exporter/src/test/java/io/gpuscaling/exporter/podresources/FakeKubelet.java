package io.gpuscaling.exporter.podresources;

import io.gpuscaling.proto.podresources.v1.ListPodResourcesRequest;
import io.gpuscaling.proto.podresources.v1.ListPodResourcesResponse;
import io.gpuscaling.proto.podresources.v1.PodResourcesListerGrpc.PodResourcesListerImplBase;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A kubelet that serves its pod-resources socket, and makes it anew when it restarts. */
final class FakeKubelet extends PodResourcesListerImplBase implements AutoCloseable {

  private final Path socket;
  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final AtomicReference<ListPodResourcesResponse> list =
      new AtomicReference<>(ListPodResourcesResponse.getDefaultInstance());
  private final AtomicReference<@Nullable Status> refusal = new AtomicReference<>();
  private final AtomicInteger calls = new AtomicInteger();
  private @Nullable Server server;

  FakeKubelet(Path socket) throws IOException {
    this.socket = socket;
    start();
  }

  void start() throws IOException {
    server =
        NettyServerBuilder.forAddress(UnixDomainSocketAddress.of(socket))
            .channelType(NioServerDomainSocketChannel.class)
            .bossEventLoopGroup(group)
            .workerEventLoopGroup(group)
            .withChildOption(ChannelOption.SO_KEEPALIVE, null)
            .directExecutor()
            .addService(this)
            .build()
            .start();
  }

  /** Goes away, and its socket with it. */
  void stop() throws IOException, InterruptedException {
    Server running = server;
    if (running != null) {
      running.shutdown().awaitTermination(1, TimeUnit.SECONDS);
      running.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
      server = null;
    }
    Files.deleteIfExists(socket);
  }

  void answer(ListPodResourcesResponse next) {
    list.set(next);
  }

  void refuse(@Nullable Status status) {
    refusal.set(status);
  }

  int calls() {
    return calls.get();
  }

  @Override
  public void list(
      ListPodResourcesRequest request, StreamObserver<ListPodResourcesResponse> responses) {
    calls.incrementAndGet();
    Status status = refusal.get();
    if (status != null) {
      responses.onError(status.asRuntimeException());
      return;
    }
    responses.onNext(list.get());
    responses.onCompleted();
  }

  @Override
  public void close() throws IOException {
    try {
      stop();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    var _ = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
