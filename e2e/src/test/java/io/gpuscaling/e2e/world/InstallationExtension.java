package io.gpuscaling.e2e.world;

import io.gpuscaling.e2e.world.Installation.LeaseTimes;
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

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Installation.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getRoot()
        .getStore(STORE)
        .getOrComputeIfAbsent(
            SeparateInstallation.class,
            _ -> SeparateInstallation.start(FOLDER, LeaseTimes.SHORT, ""),
            SeparateInstallation.class)
        .installation();
  }
}
