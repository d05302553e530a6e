package io.gpuscaling.adapter.ingest;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Lets only exporters in: no call reaches the service without an identity. A bearer token is judged
 * first; a client certificate only when there is no token. Runs on the server's executor, where it
 * may block for a review.
 */
final class IngestAuthenticator implements ServerInterceptor {

  /** The caller's identity, for the service. */
  static final Context.Key<ExporterIdentity.Known> IDENTITY = Context.key("exporter-identity");

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final String BEARER = "Bearer ";

  private final @Nullable TokenIdentities tokens;
  private final IngestMetrics metrics;

  /**
   * An authenticator.
   *
   * @param tokens how tokens are judged, or null when none is accepted
   */
  IngestAuthenticator(@Nullable TokenIdentities tokens, IngestMetrics metrics) {
    this.tokens = tokens;
    this.metrics = metrics;
  }

  @Override
  public <Q, S> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, S> call, Metadata headers, ServerCallHandler<Q, S> next) {
    Optional<ExporterCredential> credential = credential(call, headers);
    ExporterIdentity identity =
        credential
            .map(this::identify)
            .orElseGet(
                () -> new ExporterIdentity.Unauthenticated("no token and no client certificate"));
    return switch (identity) {
      case ExporterIdentity.Known known ->
          Contexts.interceptCall(Context.current().withValue(IDENTITY, known), call, headers, next);
      case ExporterIdentity.Unauthenticated(String reason) ->
          refuse(call, Status.UNAUTHENTICATED.withDescription(reason));
      case ExporterIdentity.Forbidden(String reason) ->
          refuse(call, Status.PERMISSION_DENIED.withDescription(reason));
      case ExporterIdentity.Unavailable(String reason) ->
          refuse(call, Status.UNAVAILABLE.withDescription(reason));
    };
  }

  private ExporterIdentity identify(ExporterCredential credential) {
    return switch (credential) {
      case ExporterCredential.Token token ->
          tokens == null
              ? new ExporterIdentity.Unauthenticated(
                  "tokens are not accepted here; use a client certificate")
              : tokens.identify(token);
      case ExporterCredential.Certificate(X509Certificate certificate) ->
          CertificateIdentities.identify(certificate);
    };
  }

  private static Optional<ExporterCredential> credential(ServerCall<?, ?> call, Metadata headers) {
    String authorization = headers.get(AUTHORIZATION);
    if (authorization != null && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      return Optional.of(
          new ExporterCredential.Token(authorization.substring(BEARER.length()).strip()));
    }
    SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
    if (session == null) {
      return Optional.empty();
    }
    try {
      Certificate[] chain = session.getPeerCertificates();
      return chain.length > 0 && chain[0] instanceof X509Certificate leaf
          ? Optional.of(new ExporterCredential.Certificate(leaf))
          : Optional.empty();
    } catch (SSLPeerUnverifiedException e) {
      return Optional.empty(); // no client certificate
    }
  }

  private <Q, S> ServerCall.Listener<Q> refuse(ServerCall<Q, S> call, Status status) {
    metrics.refused(status);
    call.close(status, new Metadata());
    return new ServerCall.Listener<>() {};
  }
}
