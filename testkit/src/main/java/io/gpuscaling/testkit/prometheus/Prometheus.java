package io.gpuscaling.testkit.prometheus;

import io.gpuscaling.testkit.controlplane.ControlPlaneTools;
import io.gpuscaling.testkit.process.Command;
import io.gpuscaling.testkit.process.LoopbackPorts;
import io.gpuscaling.testkit.process.ManagedProcess;
import io.gpuscaling.testkit.process.ProcessSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Prometheus as a child process on a free loopback port, which scrapes loopback ports each second.
 * Its data lie below the test's folder.
 */
public final class Prometheus implements AutoCloseable {

  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration TOOL_TIMEOUT = Duration.ofSeconds(60);
  private static final String NAME = "prometheus";

  /** What it logs when all of it answers. */
  private static final String READY = "Server is ready to receive web requests";

  private final ManagedProcess process;
  private final int port;

  private Prometheus(ManagedProcess process, int port) {
    this.process = process;
    this.port = port;
  }

  /**
   * Starts it and waits until it is ready.
   *
   * @param folder for its configuration, data and log
   * @param ports whose {@code /metrics} are scraped, without TLS
   */
  public static Prometheus start(Path folder, List<Integer> ports) {
    int port = LoopbackPorts.free(1).getFirst();
    Path config = folder.resolve("prometheus.yml");
    write(
        config,
        """
        global: {scrape_interval: 1s, scrape_timeout: 1s}
        scrape_configs:
          - job_name: test
            static_configs: [{targets: [%s]}]
        """
            .formatted(
                ports.stream()
                    .map(it -> "\"127.0.0.1:" + it + "\"")
                    .collect(Collectors.joining(","))));
    var process =
        ManagedProcess.start(
            ProcessSpec.of(
                NAME,
                folder.resolve(NAME + ".log"),
                List.of(
                    tool(NAME),
                    "--config.file=" + config,
                    "--storage.tsdb.path=" + folder.resolve("prometheus-data"),
                    "--web.listen-address=127.0.0.1:" + port)));
    var prometheus = new Prometheus(process, port);
    try {
      process.await("is ready", START_TIMEOUT, () -> process.log().contains(READY));
      return prometheus;
    } catch (RuntimeException e) {
      prometheus.close();
      throw e;
    }
  }

  /**
   * Runs promtool, built before when it is missing.
   *
   * @param arguments as in {@code check rules FILE}
   */
  public static Command.Result promtool(List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(tool("promtool"));
    command.addAll(arguments);
    return Command.run(command, TOOL_TIMEOUT);
  }

  private static String tool(String name) {
    return ControlPlaneTools.build(Path.of(""), NAME).resolve(name).toString();
  }

  private static void write(Path file, String text) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Its root, {@code http://127.0.0.1:PORT}. */
  public URI url() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** Its process, for faults. */
  public ManagedProcess process() {
    return process;
  }

  /** Ends it. */
  @Override
  public void close() {
    process.close();
  }
}
