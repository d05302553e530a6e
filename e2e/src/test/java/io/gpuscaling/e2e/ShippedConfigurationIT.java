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
import java.util.Map;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The programs accept the flags and files that {@code manifests/base} starts them with. */
@Timeout(120)
@ExtendWith(InstallationExtension.class)
class ShippedConfigurationIT {

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
  void checkConfig_withWhatTheManifestsSay_isValid(String kind, String name, String program) throws IOException {
    Map<?, ?> configMap = object("ConfigMap", name);
    Path config =
        Files.writeString(
            folder.resolve("config.yaml"), (String) ((Map<?, ?>) configMap.get("data")).get("config.yaml"));
    List<String> command = new ArrayList<>();
    command.add(Repository.path("bin", program).toString());
    command.add("check-config");
    for (Object argument : (List<?>) container(object(kind, name)).get("args")) {
      command.add(
          argument
              .toString()
              .replace("/etc/gpuscaling/config.yaml", config.toString())
              .replace("$(NODE_NAME)", "node-1"));
    }

    Command.Result result = Command.run(command, Duration.ofSeconds(30));

    assertThat(result.stderr()).isEmpty();
    assertThat(result.exitCode()).isZero();
    assertThat(result.stdout()).contains("configuration is valid");
  }

  private Map<?, ?> object(String kind, String name) {
    String rendered =
        installation.plane().kubectl().run("kustomize", Repository.path("manifests", "base").toString()).stdout();
    for (Object document : new Load(LoadSettings.builder().build()).loadAllFromString(rendered)) {
      Map<?, ?> object = (Map<?, ?>) document;
      if (object.get("kind").equals(kind) && ((Map<?, ?>) object.get("metadata")).get("name").equals(name)) {
        return object;
      }
    }
    throw new AssertionError("no " + kind + " " + name);
  }

  private static Map<?, ?> container(Map<?, ?> workload) {
    Map<?, ?> spec = (Map<?, ?>) workload.get("spec");
    Map<?, ?> podSpec = (Map<?, ?>) ((Map<?, ?>) spec.get("template")).get("spec");
    return (Map<?, ?>) ((List<?>) podSpec.get("containers")).getFirst();
  }
}
