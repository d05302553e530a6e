package io.gpuscaling.e2e.world;

import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.process.ScratchFolder;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests an {@link Installation} parameter: one for all test classes of a fork, on one control
 * plane, ended after the last test. Logs are in {@code target/e2e-1}, {@code target/e2e-2}, …
 * afterwards.
 */
public final class InstallationExtension implements ParameterResolver {

  private static final ExtensionContext.Namespace STORE =
      ExtensionContext.Namespace.create(InstallationExtension.class);
  private static final Path FOLDER = Path.of(System.getProperty("e2e.folder", "target/e2e"));

  /** Made by JUnit. */
  public InstallationExtension() {}

  /** Closed by JUnit in the reverse order: the programs before the cluster. */
  private record Running(ControlPlane plane, Installation installation) implements AutoCloseable {

    static Running start() {
      ScratchFolder.empty(FOLDER);
      var plane = ControlPlane.start(FOLDER.resolve("control-plane"));
      plane.startKwok();
      return new Running(plane, Installation.install(plane, FOLDER.resolve("installation")));
    }

    @Override
    public void close() {
      installation.close();
      plane.close();
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Installation.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getRoot()
        .getStore(STORE)
        .getOrComputeIfAbsent(Running.class, _ -> Running.start(), Running.class)
        .installation();
  }
}
