package io.gpuscaling.adapter.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.store.Contributor;
import org.junit.jupiter.api.Test;

class RefusedStreamsTest {

  private static final Contributor A = new Contributor.Node("a");
  private static final Contributor B = new Contributor.Node("b");
  private static final Contributor C = new Contributor.Node("c");

  private final RefusedStreams refused = new RefusedStreams(2);

  @Test
  void isNews_sameProblemAgain_isFalse() {
    assertThat(refused.isNews(A, "too many labels")).isTrue();
    assertThat(refused.isNews(A, "too many labels")).isFalse();
    assertThat(refused.isNews(B, "too many labels")).isTrue();
  }

  @Test
  void isNews_anotherProblem_isTrue() {
    assertThat(refused.isNews(A, "too many labels")).isTrue();
    assertThat(refused.isNews(A, "no boot id")).isTrue();
  }

  @Test
  void isNews_sameProblemAfterItWasMended_isTrue() {
    assertThat(refused.isNews(A, "too many labels")).isTrue();
    refused.mended(A);
    assertThat(refused.isNews(A, "too many labels")).isTrue();
  }

  @Test
  void isNews_moreContributorsThanAreKept_forgetsAllButTheNewOne() {
    assertThat(refused.isNews(A, "x")).isTrue();
    assertThat(refused.isNews(B, "x")).isTrue();
    assertThat(refused.isNews(C, "x")).isTrue();
    assertThat(refused.isNews(C, "x")).isFalse();
    assertThat(refused.isNews(A, "x")).isTrue();
  }
}
