package io.gpuscaling.exporter.push;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class AcknowledgementsTest {

  private static final long TIMEOUT = 10;

  private final Acknowledgements acknowledgements = new Acknowledgements(Duration.ofNanos(TIMEOUT));

  @Test
  void isOverdue_nothingWasTold_isFalse() {
    assertThat(acknowledgements.isOverdue(100 * TIMEOUT)).isFalse();
  }

  @Test
  void isOverdue_toldAndNotAcknowledged_isTrueAfterTheTimeout() {
    acknowledgements.told(1, 0);
    assertThat(acknowledgements.isOverdue(TIMEOUT)).isFalse();
    assertThat(acknowledgements.isOverdue(TIMEOUT + 1)).isTrue();
  }

  @Test
  void isOverdue_moreIsToldMeanwhile_countsFromTheFirst() {
    acknowledgements.told(1, 0);
    acknowledgements.told(2, TIMEOUT);
    assertThat(acknowledgements.isOverdue(TIMEOUT + 1)).isTrue();
  }

  @Test
  void isOverdue_someProgress_beginsAnew() {
    acknowledgements.told(1, 0);
    acknowledgements.told(2, 1);
    acknowledgements.acknowledged(1, TIMEOUT);
    assertThat(acknowledgements.isOverdue(TIMEOUT + 1)).isFalse();
    assertThat(acknowledgements.isOverdue(2 * TIMEOUT + 1)).isTrue();
  }

  @Test
  void isOverdue_anOldAcknowledgementComesAgain_isNoProgress() {
    acknowledgements.told(1, 0);
    acknowledgements.acknowledged(1, 1);
    acknowledgements.told(2, 2);
    acknowledgements.acknowledged(1, TIMEOUT);
    assertThat(acknowledgements.isOverdue(TIMEOUT + 3)).isTrue();
  }

  @Test
  void isOverdue_everythingAcknowledged_isFalseForEver() {
    acknowledgements.told(1, 0);
    acknowledgements.acknowledged(1, 1);
    assertThat(acknowledgements.isOverdue(100 * TIMEOUT)).isFalse();
    acknowledgements.told(2, 100 * TIMEOUT);
    assertThat(acknowledgements.isOverdue(101 * TIMEOUT)).isFalse();
  }
}
