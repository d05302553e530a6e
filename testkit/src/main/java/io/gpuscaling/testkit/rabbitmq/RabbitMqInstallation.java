package io.gpuscaling.testkit.rabbitmq;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * RabbitMQ as a package has installed it.
 *
 * @param scripts the folder of the broker's own scripts; the ones on the PATH change to another
 *     user
 */
public record RabbitMqInstallation(Path scripts) {

  /** A folder of scripts to use in place of this machine's package: {@code build/test-brokers}. */
  public static final String SCRIPTS_VARIABLE = "TESTKIT_RABBITMQ";

  private static final Path DEBIAN = Path.of("/usr/lib/rabbitmq/lib");

  /**
   * Finds the scripts that {@link #SCRIPTS_VARIABLE} names, else the package of this machine.
   *
   * @throws IllegalStateException when there is none; the message says what to install
   */
  public static RabbitMqInstallation find() {
    return find(System.getenv());
  }

  static RabbitMqInstallation find(Map<String, String> environment) {
    String scripts = environment.getOrDefault(SCRIPTS_VARIABLE, "");
    return scripts.isEmpty() ? find(DEBIAN) : new RabbitMqInstallation(Path.of(scripts));
  }

  /** Finds the newest version below a folder. */
  static RabbitMqInstallation find(Path versions) {
    return folders(versions).stream()
        .map(version -> version.resolve("sbin"))
        .filter(folder -> Files.isExecutable(folder.resolve("rabbitmq-server")))
        .max(Comparator.naturalOrder())
        .map(RabbitMqInstallation::new)
        .orElseThrow(() ->
            new IllegalStateException(
                "no RabbitMQ below %s: apt-get install rabbitmq-server (the service need not run)"
                    .formatted(versions)));
  }

  Path script(String name) {
    return scripts.resolve(name);
  }

  private static List<Path> folders(Path versions) {
    try (var found = Files.list(versions)) {
      return found.toList();
    } catch (IOException e) {
      return List.of();
    }
  }
}
