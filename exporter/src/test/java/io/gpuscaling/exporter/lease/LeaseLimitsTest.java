package io.gpuscaling.exporter.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** The limit of the contract's comments that is a constant; patterns: {@link LeaseServiceTest}. */
final class LeaseLimitsTest {

  @Test
  void tasksOfASession_ofTheCode_areThoseOfTheContract() throws IOException {
    String contract =
        Files.readString(Path.of("../proto/src/main/protobuf/gpuscaling/v1/leases.proto"));
    assertThat(contract)
        .contains(String.format(Locale.ROOT, "At most %,d.", LeaseLimits.MAX_TASKS_PER_SESSION));
  }
}
