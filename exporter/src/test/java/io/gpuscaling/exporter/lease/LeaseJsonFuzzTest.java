package io.gpuscaling.exporter.lease;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.InvalidProtocolBufferException;
import io.gpuscaling.proto.v1.RenewRequest;
import io.gpuscaling.proto.v1.StartRequest;
import io.gpuscaling.testkit.fuzz.LimitedRun;
import io.grpc.Status;
import io.grpc.StatusException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/**
 * Any body: it is refused with a sentence, or read as a message that gRPC could have brought as
 * well: it survives its own wire format.
 */
public class LeaseJsonFuzzTest {

  /** One method's reading. */
  @FunctionalInterface
  private interface Reading {
    com.google.protobuf.Message of(byte[] body) throws StatusException;
  }

  /** What {@code make fuzz} runs. */
  public static void fuzzerTestOneInput(byte[] data) {
    check(LeaseJson::renew, data);
    check(LeaseJson::start, data);
    check(LeaseJson::end, data);
    check(LeaseJson::close, data);
    check(LeaseJson::drain, data);
  }

  private static void check(Reading reading, byte[] body) {
    try {
      com.google.protobuf.Message message = reading.of(body);
      assertThat(message.getParserForType().parseFrom(message.toByteString())).isEqualTo(message);
    } catch (StatusException e) {
      assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
      assertThat(e.getStatus().getDescription()).isNotBlank();
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError("what was read cannot be sent", e);
    }
  }

  @Test
  void seeds_areRead() throws StatusException {
    RenewRequest renew =
        LeaseJson.renew(
            "{\"sessionId\":\"s\",\"tasks\":[{\"id\":\"1\",\"queue\":\"\\ud83d\\ude00\",\"waitedMillis\":7}]}"
                .getBytes(StandardCharsets.UTF_8));
    assertThat(renew.getTasks(0).getWaitedMillis()).isEqualTo(7);
    assertThat(renew.getTasks(0).getQueue()).isEqualTo("\ud83d\ude00");
    StartRequest start =
        LeaseJson.start(
            "{\"sessionId\":\"s\",\"task\":{\"id\":\"1\"}}".getBytes(StandardCharsets.UTF_8));
    assertThat(start.getTask().getId()).isEqualTo("1");
  }

  @FuzzTest(maxDuration = "10s")
  void body(byte[] data) {
    fuzzerTestOneInput(data);
  }

  @Test
  void limitedRun_findsNothing() {
    LimitedRun.of(LeaseJsonFuzzTest::fuzzerTestOneInput, LeaseJsonFuzzTest.class, "body");
  }
}
