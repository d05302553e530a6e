package io.gpuscaling.e2e.world;

import io.gpuscaling.e2e.world.Installation.LeaseTimes;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.process.ScratchFolder;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A control plane with kwok and the system as installed there: of one test class alone, whose
 * configuration or faults no other test could bear, or that which all others share.
 */
public final class SeparateInstallation implements AutoCloseable {

  /**
   * The limit of leases that is shipped, for tests that restart exporters: with that of the other
   * tests a slow start would be an outage.
   */
  public static final Duration SHIPPED_FRESHNESS = Duration.ofSeconds(45);

  private final ControlPlane plane;
  private final Installation installation;

  private SeparateInstallation(ControlPlane plane, Installation installation) {
    this.plane = plane;
    this.installation = installation;
  }

  /**
   * Starts both, and waits until they answer.
   *
   * @param folder for everything that is written; is emptied
   * @param configuration more of the adapters' configuration file
   */
  public static SeparateInstallation start(Path folder, LeaseTimes leases, String configuration) {
    Path scratch = ScratchFolder.empty(folder);
    var plane = ControlPlane.start(scratch.resolve("control-plane"));
    plane.startKwok();
    return new SeparateInstallation(
        plane,
        Installation.install(
            plane, scratch.resolve("installation"), Duration.ZERO, leases, configuration));
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
    plane.close();
  }
}
