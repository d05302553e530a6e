package io.gpuscaling.testkit.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RabbitMqInstallationTest {

  @TempDir Path folder;

  @Test
  void find_several_takesTheNewest() throws Exception {
    install("rabbitmq_server-3.10.8");
    var newest = install("rabbitmq_server-4.0.5");
    Files.createDirectory(folder.resolve("rabbitmq_server-9-broken"));

    assertThat(RabbitMqInstallation.find(folder).scripts()).isEqualTo(newest);
  }

  @Test
  void find_none_saysWhatToInstall() {
    assertThatIllegalStateException()
        .isThrownBy(() -> RabbitMqInstallation.find(folder.resolve("missing")))
        .withMessageContaining("apt-get install rabbitmq-server");
  }

  private Path install(String version) throws Exception {
    var scripts = Files.createDirectories(folder.resolve(version).resolve("sbin"));
    var server = Files.createFile(scripts.resolve("rabbitmq-server"));
    Files.setPosixFilePermissions(server, PosixFilePermissions.fromString("rwxr-xr-x"));
    return scripts;
  }

  @Test
  void find_scriptsInTheEnvironment_areTaken() {
    assertThat(
            RabbitMqInstallation.find(
                Map.of(RabbitMqInstallation.SCRIPTS_VARIABLE, "/other/scripts")))
        .isEqualTo(new RabbitMqInstallation(Path.of("/other/scripts")));
  }
}
