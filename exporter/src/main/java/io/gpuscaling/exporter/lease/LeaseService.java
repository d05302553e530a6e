package io.gpuscaling.exporter.lease;

import io.gpuscaling.proto.v1.CloseRequest;
import io.gpuscaling.proto.v1.CloseResponse;
import io.gpuscaling.proto.v1.DrainRequest;
import io.gpuscaling.proto.v1.DrainResponse;
import io.gpuscaling.proto.v1.EndRequest;
import io.gpuscaling.proto.v1.EndResponse;
import io.gpuscaling.proto.v1.RenewRequest;
import io.gpuscaling.proto.v1.RenewResponse;
import io.gpuscaling.proto.v1.StartRequest;
import io.gpuscaling.proto.v1.StartResponse;
import io.gpuscaling.proto.v1.TaskLeasesGrpc;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;

/**
 * The calls of workers that come in by gRPC and that {@link WorkerAuthenticator} has let in. Safe
 * for use by any thread.
 */
final class LeaseService extends TaskLeasesGrpc.TaskLeasesImplBase {

  private final LeaseCalls calls;
  private final LeaseMetrics metrics;

  LeaseService(LeaseCalls calls, LeaseMetrics metrics) {
    this.calls = calls;
    this.metrics = metrics;
  }

  /** One method's work. */
  @FunctionalInterface
  private interface Call<Q, R> {
    R answer(Caller caller, Q request) throws StatusException;
  }

  @Override
  public void renew(RenewRequest request, StreamObserver<RenewResponse> response) {
    answer("renew", request, response, calls::renew);
  }

  @Override
  public void start(StartRequest request, StreamObserver<StartResponse> response) {
    answer("start", request, response, calls::start);
  }

  @Override
  public void end(EndRequest request, StreamObserver<EndResponse> response) {
    answer("end", request, response, calls::end);
  }

  @Override
  public void close(CloseRequest request, StreamObserver<CloseResponse> response) {
    answer("close", request, response, calls::close);
  }

  @Override
  public void drain(DrainRequest request, StreamObserver<DrainResponse> response) {
    answer("drain", request, response, calls::drain);
  }

  private <Q, R> void answer(
      String method, Q request, StreamObserver<R> response, Call<Q, R> work) {
    if (response instanceof ServerCallStreamObserver<R> call) {
      call.setOnCancelHandler(() -> {}); // a caller that has gone is no error of ours
    }
    try {
      Caller caller = WorkerAuthenticator.CALLER.get();
      if (caller == null) {
        // Cannot happen while the interceptor stands in front; fail closed should it ever be left
        // out.
        throw Status.UNAUTHENTICATED.withDescription("no identity").asException();
      }
      R answer = work.answer(caller, request);
      metrics.answered(method, Status.Code.OK);
      response.onNext(answer);
      response.onCompleted();
    } catch (StatusException e) {
      metrics.answered(method, e.getStatus().getCode());
      response.onError(e);
    }
  }
}
