package io.gpuscaling.adapter.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.proto.v1.AdapterMessage;
import io.gpuscaling.proto.v1.ExporterMessage;
import io.gpuscaling.proto.v1.IngestGrpc;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** One stream of an exporter over a connection of its own. */
final class TestExporter implements AutoCloseable {

  private static final long DEADLINE_SECONDS = 60;
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final int port;
  private final SslContextBuilder tls;
  private final Metadata headers = new Metadata();

  /** Empty for the end. */
  private final BlockingQueue<Optional<AdapterMessage>> answers = new LinkedBlockingQueue<>();

  private final CompletableFuture<Status> end = new CompletableFuture<>();
  private @Nullable ManagedChannel channel;
  private @Nullable ClientCall<byte[], AdapterMessage> call;

  TestExporter(int port, X509Certificate ca) {
    this.port = port;
    this.tls = GrpcSslContexts.forClient().trustManager(ca);
  }

  TestExporter withToken(String token) {
    return withAuthorization("Bearer " + token);
  }

  TestExporter withAuthorization(String value) {
    headers.put(AUTHORIZATION, value);
    return this;
  }

  TestExporter withCertificate(TestCa.Issued issued) {
    // Shows the certificate whichever the server asks for.
    var always = new AdvancedTlsX509KeyManager();
    always.updateIdentityCredentials(new X509Certificate[] {issued.certificate()}, issued.key());
    tls.keyManager(always);
    return this;
  }

  TestExporter connect() {
    try {
      channel = NettyChannelBuilder.forAddress("localhost", port).sslContext(tls.build()).build();
    } catch (SSLException e) {
      throw new UncheckedIOException(e);
    }
    var method =
        IngestGrpc.getStreamMethod().toBuilder(
                new RawMarshaller(), IngestGrpc.getStreamMethod().getResponseMarshaller())
            .build();
    ClientCall<byte[], AdapterMessage> started = channel.newCall(method, CallOptions.DEFAULT);
    started.start(
        new ClientCall.Listener<>() {
          @Override
          public void onMessage(AdapterMessage message) {
            answers.add(Optional.of(message));
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            end.complete(status);
            answers.add(Optional.empty());
          }
        },
        headers);
    started.request(Integer.MAX_VALUE);
    call = started;
    return this;
  }

  void send(ExporterMessage message) {
    sendRaw(message.toByteArray());
  }

  void sendRaw(byte[] message) {
    open().sendMessage(message);
  }

  void complete() {
    open().halfClose();
  }

  private ClientCall<byte[], AdapterMessage> open() {
    assertThat(call).isNotNull();
    if (call == null) {
      throw new AssertionError("not connected");
    }
    return call;
  }

  /** The next answer; fails when the stream ends without one. */
  AdapterMessage answer() {
    try {
      Optional<AdapterMessage> message = answers.poll(DEADLINE_SECONDS, TimeUnit.SECONDS);
      if (message == null || message.isEmpty()) {
        throw new AssertionError("no answer, end: " + end.getNow(Status.UNKNOWN));
      }
      return message.get();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** How the stream ended. */
  Status end() {
    try {
      return end.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError("the stream does not end", e);
    }
  }

  @Override
  public void close() {
    if (channel != null) {
      channel.shutdownNow();
    }
  }

  /** Sends bytes as they are. */
  private static final class RawMarshaller implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
