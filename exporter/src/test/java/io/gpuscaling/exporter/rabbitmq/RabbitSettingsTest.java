package io.gpuscaling.exporter.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gpuscaling.core.config.HostPort;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RabbitSettingsTest {

  private static BrokerSettings parse(String address) {
    return BrokerSettings.parse("default", address, null, BrokerSettings.TlsFiles.NONE);
  }

  @ParameterizedTest
  @CsvSource({
    "amqp://h,h,5672,false,/,guest,guest",
    "amqp://h/,h,5672,false,/,guest,guest",
    "amqps://h,h,5671,true,/,guest,guest",
    "AMQP://u:p@h:1234/v,h,1234,false,v,u,p",
    "amqp://u@h,h,5672,false,/,u,''",
    "amqp://u:p%40%2F+@h/%2Fa%20%C3%BC+,h,5672,false,/a ü+,u,p@/+",
    "amqp://h/%2F,h,5672,false,/,guest,guest",
    "'amqp://[::1]:5673/v','::1',5673,false,v,guest,guest",
  })
  void address_isTakenApart(
      String address,
      String host,
      int port,
      boolean tls,
      String vhost,
      String user,
      String password) {
    assertThat(parse(address))
        .isEqualTo(
            new BrokerSettings(
                "default",
                List.of(new HostPort(host, port)),
                tls,
                vhost,
                user,
                password,
                null,
                BrokerSettings.TlsFiles.NONE,
                null,
                List.of()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://u:s3cret@h",
        "amqp:u:s3cret",
        "s3cret",
        "amqp://u:s3cret@h/a/b",
        "amqp://u:s3cret@h:port",
        "amqp://u:s3cret@h h",
      })
  void wrongAddress_isRefusedWithoutTheSecret(String address) {
    assertThatThrownBy(() -> parse(address))
        .isInstanceOf(IllegalArgumentException.class)
        .hasNoCause()
        .message()
        .contains("RabbitMQ address")
        .doesNotContain("s3cret");
  }

  @Test
  void toString_hasNoSecret() {
    assertThat(parse("amqps://u:s3cret@h/v"))
        .hasToString("amqps://u@h:5671 (default)")
        .asString()
        .doesNotContain("s3cret");
  }

  @Test
  void brokerName_isChecked() {
    assertThatThrownBy(
            () -> BrokerSettings.parse("My Broker", "amqp://h", null, BrokerSettings.TlsFiles.NONE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("My Broker");
  }

  private static RabbitSettings settings(List<QueueId> queues) {
    return new RabbitSettings(
        parse("amqp://h"),
        queues,
        RabbitSettings.DEFAULT_POLL_INTERVAL,
        Duration.ofSeconds(10),
        RabbitSettings.DEFAULT_STUCK_AFTER);
  }

  @Test
  void queues_areChecked() {
    var q = new QueueId("/", "q");

    assertThat(settings(List.of(q, new QueueId("v", "q"))).selection().queues()).hasSize(2);
    assertThatThrownBy(() -> settings(List.of())).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> settings(List.of(q, q))).hasMessageContaining("twice");
    assertThatThrownBy(() -> settings(List.of(new QueueId("default", "q"))))
        .hasMessageContaining("'default'");
    List<QueueId> many =
        IntStream.rangeClosed(0, QueueSelection.MAX_QUEUES)
            .mapToObj(i -> new QueueId("/", "q" + i))
            .toList();
    assertThatThrownBy(() -> settings(many)).hasMessageContaining("1901");
  }

  @Test
  void queueName_isChecked() {
    assertThat(new QueueId("/", "q").vhostLabel()).isEqualTo("default");
    assertThat(new QueueId("v", "q").vhostLabel()).isEqualTo("v");
    for (String name : List.of("", "q".repeat(256))) {
      assertThatThrownBy(() -> new QueueId("/", name)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> new QueueId("v".repeat(256), "q"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
