package io.gpuscaling.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.cli.doctor.CheckId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/doctor.md has a row for each check, in the order in which they are told. */
class DoctorDocumentTest {

  private static final Pattern ROW = Pattern.compile("(?m)^\\| `([a-z0-9-]+)` \\| .+ \\| .+ \\|$");

  @Test
  void everyCheck_hasARow_andNoOther() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "doctor.md"));

    assertThat(ROW.matcher(page).results().map((MatchResult it) -> it.group(1)))
        .containsExactlyElementsOf(Arrays.stream(CheckId.values()).map(CheckId::id).toList());
  }
}
