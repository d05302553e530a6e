package io.gpuscaling.lease.client;

import io.gpuscaling.proto.v1.TaskLeasesGrpc;
import io.gpuscaling.proto.v1.TaskLeasesGrpc.TaskLeasesBlockingStub;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The connection to the exporter, made again when the authority changes. For one thread. */
final class LeaseStub implements AutoCloseable {

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final LeaseClientSettings settings;
  private byte[] trusted = {};
  private @Nullable ManagedChannel channel;

  LeaseStub(LeaseClientSettings settings) {
    this.settings = settings;
  }

  /**
   * For one call, with the newest token.
   *
   * @throws IOException when a file cannot be read
   */
  TaskLeasesBlockingStub forOneCall() throws IOException {
    String token = Files.readString(settings.tokenFile(), StandardCharsets.US_ASCII).strip();
    byte[] authority = Files.readAllBytes(settings.caFile());
    ManagedChannel open = channel;
    if (open == null || !Arrays.equals(authority, trusted)) {
      close();
      open =
          NettyChannelBuilder.forAddress(settings.host(), settings.port())
              .sslContext(
                  GrpcSslContexts.forClient()
                      .trustManager(new ByteArrayInputStream(authority))
                      .build())
              .build();
      channel = open;
      trusted = authority;
    }
    // Else the channel waits for up to two minutes before it tries again.
    open.resetConnectBackoff();
    Metadata headers = new Metadata();
    headers.put(AUTHORIZATION, "Bearer " + token);
    return TaskLeasesGrpc.newBlockingStub(open)
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
        .withDeadlineAfter(settings.callTimeout().toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    if (channel != null) {
      channel.shutdownNow();
      channel = null;
    }
  }
}
