package io.gpuscaling.e2e.world;

import io.gpuscaling.proto.podresources.v1.ContainerDevices;
import io.gpuscaling.proto.podresources.v1.ContainerResources;
import io.gpuscaling.proto.podresources.v1.ListPodResourcesRequest;
import io.gpuscaling.proto.podresources.v1.ListPodResourcesResponse;
import io.gpuscaling.proto.podresources.v1.PodResourcesListerGrpc.PodResourcesListerImplBase;
import io.gpuscaling.testkit.controlplane.GpuPod;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The socket by which a kubelet tells which pods hold which GPUs: one pod and one GPU for ever. */
public final class PodResources extends PodResourcesListerImplBase implements AutoCloseable {

  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final ListPodResourcesResponse list;
  private final Server server;

  private PodResources(Path socket, GpuPod pod, String gpu) {
    list =
        ListPodResourcesResponse.newBuilder()
            .addPodResources(
                io.gpuscaling.proto.podresources.v1.PodResources.newBuilder()
                    .setNamespace(pod.namespace())
                    .setName(pod.name())
                    .addContainers(
                        ContainerResources.newBuilder()
                            .setName("main")
                            .addDevices(
                                ContainerDevices.newBuilder()
                                    .setResourceName("nvidia.com/gpu")
                                    .addDeviceIds(gpu))))
            .build();
    try {
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
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Begins to tell that a pod holds a GPU. */
  public static PodResources serve(Path socket, GpuPod pod, String gpu) {
    return new PodResources(socket, pod, gpu);
  }

  @Override
  public void list(
      ListPodResourcesRequest request, StreamObserver<ListPodResourcesResponse> responses) {
    responses.onNext(list);
    responses.onCompleted();
  }

  @Override
  public void close() {
    server.shutdownNow();
    var _ = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
