package io.gpuscaling.core.exposition;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class LongSetTest {

  @Test
  void add_likeASetOfTheLibrary_alsoWhenItGrows() {
    SplittableRandom random = new SplittableRandom(4);
    LongSet set = new LongSet();
    Set<Long> expected = new HashSet<>();
    for (int i = 0; i < 20_000; i++) {
      long number = random.nextLong(5_000);
      assertThat(set.add(number)).isEqualTo(expected.add(number));
    }
    assertThat(set.add(Long.MAX_VALUE - 1)).isTrue();
    assertThat(set.add(Long.MAX_VALUE - 1)).isFalse();
  }
}
