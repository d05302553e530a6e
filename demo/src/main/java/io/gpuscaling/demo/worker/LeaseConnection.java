package io.gpuscaling.demo.worker;

import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The workers' connection to the exporter of their node. Safe for use by any thread. */
public final class LeaseConnection implements AutoCloseable {

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

  private final ManagedChannel channel;

  private LeaseConnection(ManagedChannel channel) {
    this.channel = channel;
  }

  /**
   * Connects when it is first used.
   *
   * @param address HOST:PORT of the lease service
   * @param caFile PEM of the CA of its certificate
   * @throws IOException when the file cannot be read
   */
  public static LeaseConnection to(String address, Path caFile) throws IOException {
    return new LeaseConnection(
        Grpc.newChannelBuilder(
                address, TlsChannelCredentials.newBuilder().trustManager(caFile.toFile()).build())
            .build());
  }

  LeaseCalls withToken(String sessionId, String queue, String token) {
    return new GrpcLeaseCalls(channel, sessionId, queue, token);
  }

  /** Ends the connection and the calls on it. */
  @Override
  public void close() {
    channel.shutdownNow();
    try {
      channel.awaitTermination(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
