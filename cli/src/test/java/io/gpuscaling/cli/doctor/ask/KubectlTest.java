package io.gpuscaling.cli.doctor.ask;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.cli.doctor.Fact;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class KubectlTest {

  @Test
  void failure_isReadAsKubectlWritesIt() {
    assertThat(Kubectl.failure("Error from server (Forbidden): nodes is forbidden: User \"a\""))
        .isEqualTo(new Fact.Forbidden());
    assertThat(
            Kubectl.failure(
                "warning: a\nError from server (NotFound): the server could not find the requested"
                    + " resource"))
        .isEqualTo(new Fact.Absent());
    assertThat(Kubectl.failure("Error from server (ServiceUnavailable): later"))
        .isEqualTo(new Fact.Unreached("the API server: later"));
    assertThat(Kubectl.failure("Error from server: oops")).isEqualTo(new Fact.Refused("oops"));
    assertThat(Kubectl.failure("The HPA \"a\" is invalid: spec.minReplicas: 0"))
        .isEqualTo(new Fact.Refused("The HPA \"a\" is invalid: spec.minReplicas: 0"));
    assertThat(Kubectl.failure("The connection to the server was refused\n"))
        .isEqualTo(new Fact.Unreached("kubectl: The connection to the server was refused"));
    assertThat(Kubectl.failure("x".repeat(1000)))
        .isEqualTo(new Fact.Unreached("kubectl: " + "x".repeat(400) + "..."));
  }

  @Test
  void answer_isTheJsonThatItPrints_orUnreached() {
    assertThat(shell("echo '{\"a\": 1}'")).isInstanceOf(Fact.Told.class);
    assertThat(shell("echo not json"))
        .isEqualTo(new Fact.Unreached("the answer could not be understood"));
    assertThat(shell("echo 'Error from server (Forbidden): no' >&2; exit 1"))
        .isEqualTo(new Fact.Forbidden());
  }

  @Test
  void noAnswerUntilTheDeadline_isUnreached() {
    var hung = new Kubectl(List.of("sh", "-c", "read line < /dev/zero"), Duration.ofSeconds(1));

    assertThat(hung.get("/api")).isEqualTo(new Fact.Unreached("no answer within 1 s"));
  }

  private static Fact shell(String script) {
    return new Kubectl(List.of("sh", "-c", script), Duration.ofSeconds(30)).get("/api");
  }
}
