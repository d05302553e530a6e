package io.gpuscaling.adapter.slot;

import io.gpuscaling.adapter.api.ApiVersion;
import io.gpuscaling.adapter.slot.ApiServiceView.Availability;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import java.util.List;

/** Ownership and availability as metrics. Safe for use by any thread. */
final class SlotMetrics {

  private static final List<String> OWNERS = List.of("ours", "other", "local", "nobody");

  private final Gauge owner;
  private final Gauge available;
  private final Counter changes;

  SlotMetrics(CollectorRegistry registry) {
    owner =
        Gauge.build(
                "gpuscaling_apiservice_owner",
                "1 for whoever the APIService leads to now (ours, other, local, nobody), else 0.")
            .labelNames("apiservice", "owner")
            .register(registry);
    available =
        Gauge.build(
                "gpuscaling_apiservice_available",
                "1 while the API server calls the APIService available, else 0; absent while it"
                    + " has not said so.")
            .labelNames("apiservice")
            .register(registry);
    changes =
        Counter.build(
                "gpuscaling_apiservice_changes_total",
                "Changes that were made to APIServices, by action and outcome.")
            .labelNames("action", "outcome")
            .register(registry);
  }

  void owned(ApiVersion version, SlotOwner by) {
    for (String each : OWNERS) {
      owner.labels(version.apiServiceName(), each).set(each.equals(by.label()) ? 1 : 0);
    }
  }

  void available(ApiVersion version, Availability availability) {
    switch (availability) {
      case Availability.Available _ -> available.labels(version.apiServiceName()).set(1);
      case Availability.Unavailable _ -> available.labels(version.apiServiceName()).set(0);
      case Availability.NotSaid _ -> available.remove(version.apiServiceName());
    }
  }

  void changed(String action, boolean isDone) {
    changes.labels(action, isDone ? "done" : "failed").inc();
  }
}
