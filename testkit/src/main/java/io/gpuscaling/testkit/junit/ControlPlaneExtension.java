package io.gpuscaling.testkit.junit;

import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.process.ScratchFolder;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests a {@link ControlPlane} parameter: one for all test classes of a run, started for the
 * first that asks, with kwok running, and ended after the last test. A test keeps to a namespace
 * and to node names of its own. Logs are in {@code target/control-plane/log} afterwards.
 */
public final class ControlPlaneExtension implements ParameterResolver {

  private static final Path FOLDER = Path.of("target", "control-plane");

  /** Made by JUnit. */
  public ControlPlaneExtension() {}

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == ControlPlane.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getRoot()
        .getStore(ExtensionContext.Namespace.create(ControlPlaneExtension.class))
        .getOrComputeIfAbsent(ControlPlane.class, _ -> start(), ControlPlane.class);
  }

  private static ControlPlane start() {
    var plane = ControlPlane.start(ScratchFolder.empty(FOLDER));
    plane.startKwok();
    return plane;
  }
}
