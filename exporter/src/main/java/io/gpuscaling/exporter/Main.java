package io.gpuscaling.exporter;

import io.gpuscaling.core.config.ProgramAbout;
import io.gpuscaling.core.config.ProgramCommand;
import io.gpuscaling.core.config.ProgramStreams;
import io.gpuscaling.core.lifecycle.ProcessSignals;
import io.gpuscaling.core.lifecycle.Shutdown;
import io.gpuscaling.core.logging.ProgramLogging;
import io.gpuscaling.exporter.config.ExporterKeys;
import io.gpuscaling.exporter.dcgm.cli.ReadDcgmCommand;
import java.security.Security;
import java.time.Duration;
import java.util.List;

/** The program {@code gpuscaling-exporter}. */
public final class Main {

  /** Less than Kubernetes' 30 s until it kills. */
  private static final Duration GRACE = Duration.ofSeconds(15);

  private Main() {}

  /** Runs it. */
  public static void main(String[] args) {
    // Adapters come and go behind one name; the JDK would remember their addresses for 30 s.
    Security.setProperty("networkaddress.cache.ttl", "1");
    Security.setProperty("networkaddress.cache.negative.ttl", "1");
    var about =
        ProgramAbout.of(
            "gpuscaling-exporter",
            "Reads GPUs, task leases and queues; shows /metrics and streams to the metrics-adapters.",
            Main.class);
    var command =
        new ProgramCommand(
            about,
            ExporterKeys.schema(),
            List.of(ReadDcgmCommand.subcommand()),
            configuration -> {
              ProgramLogging.start(configuration);
              return new Shutdown(ProcessSignals.ofJvm(), GRACE)
                  .run(ExporterProgram.create(configuration, about.version()));
            });
    System.exit(command.execute(List.of(args), System.getenv(), ProgramStreams.ofProcess()));
  }
}
