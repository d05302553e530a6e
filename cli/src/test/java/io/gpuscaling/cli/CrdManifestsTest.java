package io.gpuscaling.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.kubernetes.policy.PolicyResources;
import io.gpuscaling.kubernetes.resource.CustomResource;
import io.gpuscaling.kubernetes.yaml.YamlDocuments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Compares {@code manifests/crds} with the field tables. After a change of those write them anew:
 * {@code build/maven -pl cli -am test -Dtest=CrdManifestsTest
 * -Dsurefire.failIfNoSpecifiedTests=false -Ddocs.write=true}.
 */
class CrdManifestsTest {

  private static final Path CRDS = Path.of("..", "manifests", "crds");

  static Stream<CustomResource> kinds() {
    return PolicyResources.all().stream();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void manifest_isWhatTheFieldTableSays(CustomResource kind) throws IOException {
    Path file = CRDS.resolve(kind.names().plural() + "." + kind.group() + ".yaml");
    String expected =
        "# Written from the field tables in kubernetes/, see CrdManifestsTest. Not edited by hand.\n"
            + YamlDocuments.write(kind.definition());
    if (Boolean.getBoolean("docs.write")) {
      Files.createDirectories(CRDS);
      Files.writeString(file, expected);
    }

    assertThat(file).hasContent(expected);
  }
}
