package io.gpuscaling.adapter.apiserver;

import io.gpuscaling.adapter.api.ApiError;
import io.gpuscaling.adapter.api.json.Answer;
import io.gpuscaling.adapter.api.json.StatusWriter;
import io.gpuscaling.adapter.api.request.MetricsRequest;
import java.util.List;

/** Answers health probes in the words of Kubernetes. */
final class Health {

  private final List<HealthCheck> checks;

  Health(List<HealthCheck> checks) {
    this.checks = List.copyOf(checks);
  }

  Answer answer(MetricsRequest.Health request) {
    List<HealthCheck> asked =
        checks.stream()
            .filter(check -> check.probes().contains(request.probe()))
            .filter(check -> request.check().isEmpty() || check.name().equals(request.check()))
            .toList();
    if (asked.isEmpty() && !request.check().isEmpty()) {
      return StatusWriter.answer(new ApiError.NoSuchPath());
    }
    var lines = new StringBuilder();
    boolean isPassing = true;
    for (HealthCheck check : asked) {
      if (request.excluded().contains(check.name())) {
        lines.append("[+]").append(check.name()).append(" excluded: ok\n");
      } else if (check.isPassing().getAsBoolean()) {
        lines.append("[+]").append(check.name()).append(" ok\n");
      } else {
        isPassing = false;
        lines.append("[-]").append(check.name()).append(" failed: reason withheld\n");
      }
    }
    String probe = request.probe();
    if (!isPassing) {
      return Answer.text(500, lines + probe + " check failed\n");
    }
    return Answer.text(200, request.isVerbose() ? lines + probe + " check passed\n" : "ok");
  }
}
