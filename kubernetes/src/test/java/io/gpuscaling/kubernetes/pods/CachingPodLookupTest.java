package io.gpuscaling.kubernetes.pods;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CachingPodLookupTest {

  private final AtomicLong nanos = new AtomicLong();
  private final AtomicInteger asked = new AtomicInteger();
  private PodPlace answer = new PodPlace.OnNode("u-1", "gpu-1");
  private final CachingPodLookup lookup =
      new CachingPodLookup(
          (namespace, name) -> {
            asked.incrementAndGet();
            return answer;
          },
          Duration.ofSeconds(10),
          100,
          nanos::get);

  @Test
  void find_podOnANode_isRememberedForAMoment() {
    for (int i = 0; i < 3; i++) {
      assertThat(lookup.find("media", "a")).isEqualTo(answer);
    }
    assertThat(asked).hasValue(1);
    assertThat(lookup.find("other", "a")).isEqualTo(answer);
    assertThat(asked).hasValue(2);

    answer = new PodPlace.Nowhere();
    nanos.addAndGet(Duration.ofSeconds(10).toNanos());
    assertThat(lookup.find("media", "a")).isEqualTo(answer);
  }

  @Test
  void find_nothingKnown_isAskedAgain() {
    answer = new PodPlace.Unknown("no answer");
    assertThat(lookup.find("media", "a")).isEqualTo(answer);
    answer = new PodPlace.Nowhere();
    assertThat(lookup.find("media", "a")).isEqualTo(answer);
    assertThat(asked).hasValue(2);
  }
}
