package io.gpuscaling.core.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow.Subscription;
import org.junit.jupiter.api.Test;

class BoundedBodyTest {

  private final BoundedBody body = new BoundedBody(4);
  private int cancelled;

  private CompletableFuture<Optional<byte[]>> result() {
    return body.getBody().toCompletableFuture();
  }

  private void subscribe() {
    body.onSubscribe(
        new Subscription() {
          @Override
          public void request(long n) {
            assertThat(n).isEqualTo(Long.MAX_VALUE);
          }

          @Override
          public void cancel() {
            cancelled++;
          }
        });
  }

  private static List<ByteBuffer> bytes(int... sizes) {
    return Arrays.stream(sizes).mapToObj(ByteBuffer::allocate).toList();
  }

  @Test
  void upToTheLimit_isWhole() {
    subscribe();
    body.onNext(bytes(1, 2));
    body.onNext(bytes(1));
    body.onComplete();

    assertThat(result()).isCompletedWithValueMatching(it -> it.orElseThrow().length == 4);
    assertThat(cancelled).isZero();
  }

  @Test
  void overTheLimit_isEmpty_andTheRestIsNotRead() {
    subscribe();
    body.onNext(bytes(4, 1, 1));
    body.onNext(bytes(1));

    assertThat(result()).isCompletedWithValue(Optional.empty());
    assertThat(cancelled).isEqualTo(1);
  }

  @Test
  void connectionBreaks_fails() {
    subscribe();
    body.onError(new IOException("reset"));

    assertThat(result()).isCompletedExceptionally();
  }
}
