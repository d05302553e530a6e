package io.gpuscaling.e2e.world;

import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.controlplane.MetricsServer;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A control plane whose pods are measured by the real metrics-server, with one node for them, and
 * the system as installed there. Of one test class, since its pods are measured.
 */
public final class MeasuredInstallation implements AutoCloseable {

  /** The node for pods that are measured. */
  public static final String NODE = "measured";

  private final ControlPlane plane;
  private final MetricsServer metricsServer;
  private final Installation installation;

  private MeasuredInstallation(
      ControlPlane plane, MetricsServer metricsServer, Installation installation) {
    this.plane = plane;
    this.metricsServer = metricsServer;
    this.installation = installation;
  }

  /**
   * Starts all of it, and waits until it answers.
   *
   * @param folder for everything that is written; empty
   * @param configuration more of the adapters' configuration file
   */
  public static MeasuredInstallation start(Path folder, String configuration) {
    var plane = ControlPlane.start(folder.resolve("control-plane"));
    plane.startMeasuringKwok();
    MetricsServer.node(plane, NODE);
    var metricsServer = MetricsServer.start(plane, folder.resolve("metrics-server"));
    return new MeasuredInstallation(
        plane,
        metricsServer,
        Installation.install(plane, folder.resolve("installation"), Duration.ZERO, configuration));
  }

  /** The cluster. */
  public ControlPlane plane() {
    return plane;
  }

  /** The system. */
  public Installation installation() {
    return installation;
  }

  @Override
  public void close() {
    installation.close();
    metricsServer.close();
    plane.close();
  }
}
