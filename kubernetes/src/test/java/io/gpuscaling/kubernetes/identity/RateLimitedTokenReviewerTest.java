package io.gpuscaling.kubernetes.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RateLimitedTokenReviewerTest {

  private final AtomicInteger asked = new AtomicInteger();
  private final AtomicLong now = new AtomicLong();
  private final RateLimitedTokenReviewer reviewer =
      new RateLimitedTokenReviewer(
          (token, audiences) -> {
            asked.incrementAndGet();
            return new TokenReview.Rejected();
          },
          10,
          now::get);

  private int asks(int times) {
    int before = asked.get();
    for (int i = 0; i < times; i++) {
      TokenReview review = reviewer.review("t", List.of());
      if (review instanceof TokenReview.Failed(String reason)) {
        assertThat(reason).isEqualTo("more than 10 new tokens in a second");
      }
    }
    return asked.get() - before;
  }

  @Test
  void review_flood_isLetThroughAtTheRate() {
    assertThat(asks(100)).isEqualTo(10);
    assertThat(asks(100)).isZero();
    now.addAndGet(Duration.ofMillis(300).toNanos());
    assertThat(asks(100)).isEqualTo(3);
    now.addAndGet(Duration.ofHours(1).toNanos());
    assertThat(asks(100)).isEqualTo(10); // quiet times are not saved up
  }
}
