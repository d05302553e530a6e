package io.gpuscaling.e2e.world;

import io.gpuscaling.proto.v1.PodReference;
import io.gpuscaling.proto.v1.RenewRequest;
import io.gpuscaling.proto.v1.Task;
import io.gpuscaling.proto.v1.TaskLeasesGrpc;
import io.gpuscaling.proto.v1.TaskLeasesGrpc.TaskLeasesBlockingStub;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;

/** A program that tells an exporter of the tasks of pods that it names. */
public final class Orchestrator implements AutoCloseable {

  private static final String LEASES_NAME = "exporter-leases.gpuscaling.svc";
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final ManagedChannel channel;
  private final TaskLeasesBlockingStub leases;

  private Orchestrator(ManagedChannel channel, String token) {
    this.channel = channel;
    Metadata headers = new Metadata();
    headers.put(AUTHORIZATION, "Bearer " + token);
    this.leases =
        TaskLeasesGrpc.newBlockingStub(channel)
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  /** One with some token. */
  public static Orchestrator withToken(Installation installation, String token, Exporter exporter) {
    try {
      return new Orchestrator(
          NettyChannelBuilder.forAddress("127.0.0.1", exporter.leasePort())
              .overrideAuthority(LEASES_NAME)
              .sslContext(
                  GrpcSslContexts.forClient().trustManager(installation.caFile().toFile()).build())
              .build(),
          token);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Tells of all tasks that a pod runs.
   *
   * @throws io.grpc.StatusRuntimeException when the exporter refuses
   */
  public void renew(String namespace, String pod, String... tasks) {
    var request =
        RenewRequest.newBuilder()
            .setSessionId("orchestrated")
            .setPod(PodReference.newBuilder().setNamespace(namespace).setName(pod));
    for (String task : tasks) {
      request.addTasks(Task.newBuilder().setId(task));
    }
    var _ = leases.withDeadlineAfter(10, TimeUnit.SECONDS).renew(request.build());
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
