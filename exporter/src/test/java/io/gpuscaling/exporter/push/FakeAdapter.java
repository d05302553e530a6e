package io.gpuscaling.exporter.push;

import io.gpuscaling.proto.v1.Ack;
import io.gpuscaling.proto.v1.AdapterMessage;
import io.gpuscaling.proto.v1.ExporterMessage;
import io.gpuscaling.proto.v1.IngestGrpc;
import io.gpuscaling.proto.v1.SnapshotRequest;
import io.gpuscaling.proto.v1.Welcome;
import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.IssuedCertificate;
import io.gpuscaling.testkit.pki.SubjectName;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An adapter over real gRPC with TLS that behaves as a test tells it. */
final class FakeAdapter extends IngestGrpc.IngestImplBase implements AutoCloseable {

  /** How it treats streams that are opened from now on. */
  sealed interface Manner {

    /** Welcomes and acknowledges. */
    record Friendly() implements Manner {}

    /** Reads and says nothing. */
    record Silent() implements Manner {}

    /** Welcomes and reads nothing more. */
    record Deaf() implements Manner {}

    /** Ends each stream. */
    record Refusing(Status status) implements Manner {}
  }

  private static final Context.Key<String> AUTHORIZATION = Context.key("authorization");

  private final Server server;
  private final List<Conversation> conversations = new CopyOnWriteArrayList<>();
  private volatile Manner manner = new Manner.Friendly();

  private FakeAdapter(
      InetSocketAddress address,
      IssuedCertificate identity,
      ClientAuth clients,
      CertificateAuthority clientAuthority)
      throws IOException {
    server =
        NettyServerBuilder.forAddress(address)
            .sslContext(
                GrpcSslContexts.configure(
                        SslContextBuilder.forServer(identity.privateKey(), identity.certificate()))
                    .trustManager(clientAuthority.certificate())
                    .clientAuth(clients)
                    .build())
            .permitKeepAliveTime(5, TimeUnit.SECONDS)
            .addService(this)
            .intercept(new HeaderKeeper())
            .build()
            .start();
  }

  /** Listens with a certificate for {@code adapters.test}. */
  static FakeAdapter start(CertificateAuthority authority, InetAddress address, int port)
      throws IOException {
    return start(authority, address, port, new SubjectName.Dns("adapters.test"), ClientAuth.NONE);
  }

  static FakeAdapter start(
      CertificateAuthority authority,
      InetAddress address,
      int port,
      SubjectName name,
      ClientAuth clients)
      throws IOException {
    return new FakeAdapter(
        new InetSocketAddress(address, port),
        authority.issueServer("adapter", name),
        clients,
        authority);
  }

  int port() {
    return server.getPort();
  }

  void behave(Manner next) {
    manner = next;
  }

  /** All streams that were ever opened. */
  List<Conversation> conversations() {
    return conversations;
  }

  /** The newest stream. */
  Conversation newest() {
    return conversations.getLast();
  }

  @Override
  public StreamObserver<ExporterMessage> stream(StreamObserver<AdapterMessage> responses) {
    var answers = (ServerCallStreamObserver<AdapterMessage>) responses;
    var conversation = new Conversation(manner, answers, AUTHORIZATION.get());
    answers.setOnCancelHandler(conversation::end);
    if (manner instanceof Manner.Deaf) {
      answers.disableAutoRequest();
      conversation.answer(conversation.welcome());
    }
    conversations.add(conversation);
    if (manner instanceof Manner.Refusing(Status status)) {
      conversation.abort(status);
    }
    return conversation;
  }

  @Override
  public void close() {
    server.shutdownNow();
    try {
      server.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** One stream, from the adapter's side. */
  static final class Conversation implements StreamObserver<ExporterMessage> {
    private final Manner manner;
    private final ServerCallStreamObserver<AdapterMessage> answers;
    private final String authorization;
    private final List<ExporterMessage> messages = new CopyOnWriteArrayList<>();
    private final AdapterModel model = new AdapterModel();
    private volatile boolean ended;
    private volatile @Nullable RuntimeException violation;

    Conversation(
        Manner manner,
        ServerCallStreamObserver<AdapterMessage> answers,
        @Nullable String authorization) {
      this.manner = manner;
      this.answers = answers;
      this.authorization = authorization == null ? "" : authorization;
    }

    @Override
    public void onNext(ExporterMessage message) {
      synchronized (model) {
        try {
          model.receive(message);
        } catch (IllegalStateException e) {
          violation = e;
        }
      }
      messages.add(message);
      if (manner instanceof Manner.Friendly && !ended) {
        switch (message.getBodyCase()) {
          case HELLO -> answer(welcome());
          case SNAPSHOT -> {
            if (message.getSnapshot().getLast()) {
              acknowledge(message.getSnapshot().getGeneration());
            }
          }
          case DELTA -> acknowledge(message.getDelta().getGeneration());
          case HEARTBEAT, BODY_NOT_SET -> {}
        }
      }
    }

    private AdapterMessage welcome() {
      return AdapterMessage.newBuilder()
          .setWelcome(Welcome.newBuilder().setIdleTimeoutMillis(15_000))
          .build();
    }

    private void acknowledge(long generation) {
      answer(
          AdapterMessage.newBuilder().setAck(Ack.newBuilder().setGeneration(generation)).build());
    }

    private synchronized void answer(AdapterMessage message) {
      answers.onNext(message);
    }

    void askForSnapshot(String reason) {
      answer(
          AdapterMessage.newBuilder()
              .setSnapshotRequest(SnapshotRequest.newBuilder().setReason(reason))
              .build());
    }

    synchronized void abort(Status status) {
      ended = true;
      answers.onError(status.asRuntimeException());
    }

    List<ExporterMessage> messages() {
      return messages;
    }

    String authorization() {
      return authorization;
    }

    boolean hasEnded() {
      return ended;
    }

    private void end() {
      ended = true;
    }

    /** The value of a series without labels as held now, or NaN when it is not held. */
    double value(String metric) {
      synchronized (model) {
        RuntimeException broken = violation;
        if (broken != null) {
          throw broken;
        }
        AdapterModel.Held held = model.series().get(metric + "{}");
        return held == null || !held.sample().hasValue() ? Double.NaN : held.sample().getValue();
      }
    }

    long snapshots() {
      return messages.stream().filter(it -> it.getSnapshot().getLast()).count();
    }

    @Override
    public void onError(Throwable failure) {
      end();
    }

    @Override
    public void onCompleted() {
      end();
    }
  }

  /** Hands the bearer token to the service. */
  private static final class HeaderKeeper implements ServerInterceptor {
    @Override
    public <Q, S> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, S> call, Metadata headers, ServerCallHandler<Q, S> next) {
      String value =
          headers.get(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER));
      return Contexts.interceptCall(
          Context.current().withValue(AUTHORIZATION, value == null ? "" : value),
          call,
          headers,
          next);
    }
  }
}
