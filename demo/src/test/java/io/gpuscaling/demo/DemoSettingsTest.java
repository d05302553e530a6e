package io.gpuscaling.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gpuscaling.demo.story.DemoPlan;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class DemoSettingsTest {

  private static final Path BIN = Path.of("bin");

  @Test
  void of_nothingSaid_eightySecondsAndTheEmbeddedBroker() {
    DemoSettings settings = DemoSettings.of(BIN, Map.of());
    assertThat(settings.plan()).isEqualTo(DemoPlan.of(80));
    assertThat(settings.broker()).isEmpty();
  }

  @Test
  void of_both_taken() {
    DemoSettings settings =
        DemoSettings.of(
            BIN, Map.of("DEMO_SECONDS", "600", "RABBITMQ", "amqp://me:s3cret@host:5672"));
    assertThat(settings.plan().total()).hasSeconds(600);
    assertThat(settings.broker().orElseThrow().password()).isEqualTo("s3cret");
    assertThat(settings.toString()).doesNotContain("s3cret");
  }

  @Test
  void of_unusable_saidWithoutSecrets() {
    assertThatThrownBy(() -> DemoSettings.of(BIN, Map.of("DEMO_SECONDS", "5")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("DEMO_SECONDS must be a number from 25");
    assertThatThrownBy(() -> DemoSettings.of(BIN, Map.of("RABBITMQ", "host:s3cret")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("RABBITMQ must be amqp")
        .hasMessageNotContaining("s3cret");
  }
}
