package io.gpuscaling.testkit.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.testkit.process.Command;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RabbitMqBrokerTest {

  private final List<Integer> left = new ArrayList<>();

  private Command.Result run(Integer... exitCodes) {
    left.addAll(List.of(exitCodes));
    return RabbitMqBroker.registered(
        () -> new Command.Result(List.of("rabbitmqctl"), left.removeFirst(), "", ""));
  }

  @Test
  void registered_getsThrough_runsOnce() {
    assertThat(run(0, 0).exitCode()).isZero();
    assertThat(left).hasSize(1);
  }

  @Test
  void registered_isRefusedByTheBroker_runsOnce() {
    assertThat(run(69, 0).exitCode()).isEqualTo(69);
    assertThat(left).hasSize(1);
  }

  @Test
  void registered_findsNoPortMapperAtFirst_runsAgain() {
    assertThat(run(RabbitMqBroker.NOT_REGISTERED, 0).exitCode()).isZero();
  }

  @Test
  void registered_neverFindsIt_givesUp() {
    Integer[] codes = {78, 78, 78, 0};
    assertThat(run(codes).exitCode()).isEqualTo(RabbitMqBroker.NOT_REGISTERED);
    assertThat(left).hasSize(codes.length - RabbitMqBroker.MAX_TRIES);
  }
}
