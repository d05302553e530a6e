package io.gpuscaling.core.http;

import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers a probe as Kubernetes' own programs do: {@code ok}, or one line for each check when one
 * fails or {@code ?verbose} is asked; {@code ?exclude=NAME} leaves a check out.
 */
public final class HealthRoute {

  private static final Logger LOGGER = LoggerFactory.getLogger(HealthRoute.class);

  private final String name;
  private final List<HealthCheck> checks;

  private HealthRoute(String name, List<HealthCheck> checks) {
    this.name = name;
    this.checks = List.copyOf(checks);
  }

  /**
   * A route of checks; without any it says that the event loop runs.
   *
   * @param name of the probe: {@code livez}
   */
  public static Route of(String name, List<HealthCheck> checks) {
    return new Route.Immediate(new HealthRoute(name, checks)::answer);
  }

  private EndpointResponse answer(EndpointRequest request) {
    var lines = new StringBuilder();
    boolean isWell = true;
    for (HealthCheck check : checks) {
      if (isExcluded(check, request)) {
        lines.append("[+]").append(check.name()).append(" excluded: ok\n");
        continue;
      }
      Optional<String> problem = problem(check);
      isWell &= problem.isEmpty();
      lines
          .append(problem.isEmpty() ? "[+]" : "[-]")
          .append(check.name())
          .append(problem.map(reason -> " failed: " + reason).orElse(" ok"))
          .append('\n');
    }
    if (!isWell) {
      return EndpointResponse.text(500, lines + name + " check failed\n");
    }
    return request.hasParameter("verbose")
        ? EndpointResponse.text(200, lines + name + " check passed\n")
        : EndpointResponse.text(200, "ok");
  }

  private static boolean isExcluded(HealthCheck check, EndpointRequest request) {
    return List.of(request.query().split("&")).contains("exclude=" + check.name());
  }

  /** A check that breaks is a check that fails: a probe must always get its answer. */
  private static Optional<String> problem(HealthCheck check) {
    try {
      return check.problem();
    } catch (RuntimeException e) {
      LOGGER.atError().addKeyValue("check", check.name()).setCause(e).log("health check broke");
      return Optional.of("the check broke");
    }
  }
}
