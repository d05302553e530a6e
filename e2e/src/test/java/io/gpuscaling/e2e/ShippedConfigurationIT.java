package io.gpuscaling.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.e2e.world.Installation;
import io.gpuscaling.e2e.world.InstallationExtension;
import io.gpuscaling.e2e.world.Repository;
import io.gpuscaling.testkit.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The programs accept the flags and files that {@code manifests/base} starts them with. */
@Timeout(300)
@ExtendWith(InstallationExtension.class)
class ShippedConfigurationIT {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Installation installation;

  @TempDir private Path folder;

  ShippedConfigurationIT(Installation installation) {
    this.installation = installation;
  }

  @ParameterizedTest
  @CsvSource({
    "DaemonSet, exporter, gpuscaling-exporter",
    "Deployment, queue-reader, gpuscaling-exporter",
    "Deployment, metrics-adapter, gpuscaling-metrics-adapter"
  })
  void checkConfig_withWhatTheManifestsSay_isValid(String kind, String name, String program)
      throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("config.yaml"),
            object("ConfigMap", name).at("/data/config.yaml").asString());
    List<String> command = new ArrayList<>();
    command.add(Repository.path("bin", program).toString());
    command.add("check-config");
    for (JsonNode argument : object(kind, name).at("/spec/template/spec/containers/0/args")) {
      command.add(
          argument
              .asString()
              .replace("/etc/gpuscaling/config.yaml", config.toString())
              .replace("$(NODE_NAME)", "node-1"));
    }

    Command.Result result = Command.run(command, Duration.ofSeconds(90));

    assertThat(result.stderr()).isEmpty();
    assertThat(result.exitCode()).isZero();
    assertThat(result.stdout()).contains("configuration is valid");
  }

  private JsonNode object(String kind, String name) {
    String rendered =
        installation
            .plane()
            .kubectl()
            .run("kustomize", Repository.path("manifests", "base").toString())
            .stdout();
    for (Object document : new Load(LoadSettings.builder().build()).loadAllFromString(rendered)) {
      JsonNode object = JSON.valueToTree(document);
      if (object.path("kind").asString().equals(kind)
          && object.at("/metadata/name").asString().equals(name)) {
        return object;
      }
    }
    throw new AssertionError("no " + kind + " " + name);
  }
}
