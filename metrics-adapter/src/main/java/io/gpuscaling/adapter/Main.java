package io.gpuscaling.adapter;

import io.gpuscaling.adapter.config.AdapterKeys;
import io.gpuscaling.core.config.ProgramAbout;
import io.gpuscaling.core.config.ProgramCommand;
import io.gpuscaling.core.config.ProgramStreams;
import io.gpuscaling.core.lifecycle.ProcessSignals;
import io.gpuscaling.core.lifecycle.Shutdown;
import io.gpuscaling.core.logging.ProgramLogging;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The program {@code gpuscaling-metrics-adapter}. */
public final class Main {

  /** Less than Kubernetes' 30 s until it kills. */
  private static final Duration GRACE = Duration.ofSeconds(25);

  /** Set by the kubelet in every container. */
  private static final String INSIDE_CLUSTER = "KUBERNETES_SERVICE_HOST";

  private Main() {}

  /** Runs it. */
  public static void main(String[] args) {
    Map<String, String> environment = System.getenv();
    var about =
        ProgramAbout.of(
            "gpuscaling-metrics-adapter",
            "Serves the samples of the exporters as custom.metrics.k8s.io and external.metrics.k8s.io.",
            Main.class);
    var command =
        new ProgramCommand(
            about,
            AdapterKeys.schema(environment.containsKey(INSIDE_CLUSTER)),
            List.of(),
            configuration -> {
              ProgramLogging.start(configuration);
              return new Shutdown(ProcessSignals.ofJvm(), GRACE)
                  .run(AdapterProgram.create(configuration, about.version()));
            });
    System.exit(command.execute(List.of(args), environment, ProgramStreams.ofProcess()));
  }
}
