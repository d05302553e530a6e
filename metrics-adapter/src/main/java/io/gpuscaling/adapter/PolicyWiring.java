package io.gpuscaling.adapter;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.gpuscaling.adapter.cluster.LeaseInCluster;
import io.gpuscaling.adapter.cluster.ManifestFolder;
import io.gpuscaling.adapter.cluster.PodDeletionCosts;
import io.gpuscaling.adapter.cluster.PodMetricsReader;
import io.gpuscaling.adapter.cluster.PolicyAutoscalers;
import io.gpuscaling.adapter.cluster.PolicyEvents;
import io.gpuscaling.adapter.cluster.PolicyStatuses;
import io.gpuscaling.adapter.cluster.PolicyWatch;
import io.gpuscaling.adapter.cluster.PoolStatuses;
import io.gpuscaling.adapter.cluster.ScaleToZeroDryRun;
import io.gpuscaling.adapter.cluster.TargetScales;
import io.gpuscaling.adapter.config.AdapterSettings;
import io.gpuscaling.adapter.leader.ElectedLeadership;
import io.gpuscaling.adapter.leader.Leadership;
import io.gpuscaling.adapter.metrics.ClusterView;
import io.gpuscaling.adapter.policy.PodUtilizations;
import io.gpuscaling.adapter.policy.PodsAndQueries;
import io.gpuscaling.adapter.policy.QueryResults;
import io.gpuscaling.adapter.policy.ScaleToZero;
import io.gpuscaling.adapter.policy.ScaleToZeroKnowledge;
import io.gpuscaling.adapter.policy.ScalingPolicies;
import io.gpuscaling.adapter.prometheus.PrometheusQueries;
import io.gpuscaling.core.lifecycle.Closer;
import io.gpuscaling.core.time.Ticker;
import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Wires what scaling policies need: in a cluster, or of a folder of manifests without one. */
final class PolicyWiring {

  private static final Logger log = LoggerFactory.getLogger(PolicyWiring.class);

  private final AdapterSettings settings;
  private final Closer closer;
  private final CollectorRegistry registry;
  private final Ticker ticker;
  private final InstantSource clock;

  /**
   * Wires nothing yet.
   *
   * @param closer takes what is started here, to stop it in reverse order
   */
  PolicyWiring(
      AdapterSettings settings,
      Closer closer,
      CollectorRegistry registry,
      Ticker ticker,
      InstantSource clock) {
    this.settings = settings;
    this.closer = closer;
    this.registry = registry;
    this.ticker = ticker;
    this.clock = clock;
  }

  /** There is nobody to agree with, and news go to the log. */
  ScalingPolicies.Ports ofFolder(ManifestFolder folder) {
    var usages =
        closer.register(
            new PodUtilizations(
                folder::usages, folder::cluster, ticker, ManifestFolder.READ_INTERVAL));
    usages.start();
    return new ScalingPolicies.Ports(
        folder::policies,
        folder::write,
        folder::replicas,
        new PodsAndQueries(usages, queries()),
        Optional.empty(),
        Optional.empty(),
        () -> new ScaleToZero.Unknown("there is no cluster"),
        Optional.empty(),
        (object, isWarning, reason, note) ->
            log.atLevel(isWarning ? Level.WARN : Level.INFO)
                .addKeyValue("policy", object.name())
                .addKeyValue("reason", reason)
                .log(note),
        Leadership.ALONE,
        settings.policyLeaseDuration());
  }

  /** Who decides is settled before anything is decided, and given up after it. */
  ScalingPolicies.Ports ofCluster(KubernetesClient client, ClusterView cluster, String hostName) {
    var objects = closer.register("watches of scaling policies", new PolicyWatch(client));
    objects.start();
    var usages =
        closer.register(new PodUtilizations(new PodMetricsReader(client), cluster, ticker));
    usages.start();
    String namespace = settings.slots().service().namespace();
    Duration duration = settings.policyLeaseDuration();
    var leadership =
        closer.register(
            "lease of the leader",
            new ElectedLeadership(
                settings.policyLease(),
                new LeaseInCluster(client, namespace, settings.policyLease()),
                hostName + "_" + ProcessHandle.current().pid() + "_" + UUID.randomUUID(),
                duration,
                ticker,
                clock,
                registry));
    leadership.start();
    var events = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("event-", 0).factory());
    closer.register((AutoCloseable) events::shutdownNow);
    return new ScalingPolicies.Ports(
        objects,
        new PolicyStatuses(client),
        new TargetScales(client),
        new PodsAndQueries(usages, queries()),
        settings.setsDeletionCosts() ? Optional.of(new PodDeletionCosts(client)) : Optional.empty(),
        settings.writesAutoscalers()
            ? Optional.of(new PolicyAutoscalers(client))
            : Optional.empty(),
        scaleToZero(client, objects, namespace),
        Optional.of(new PoolStatuses(client)),
        new PolicyEvents(client, hostName, clock, events),
        leadership,
        duration);
  }

  /** Only whoever may make HPAs can try to. */
  private Supplier<ScaleToZero> scaleToZero(
      KubernetesClient client, PolicyWatch objects, String namespace) {
    if (!settings.writesAutoscalers()) {
      var unknown =
          new ScaleToZero.Unknown(
              "policies.autoscalers of the adapter is off (manifests/components/autoscalers), so"
                  + " that it may not try");
      return () -> unknown;
    }
    var knowledge =
        closer.register(
            "probe of scale to zero",
            new ScaleToZeroKnowledge(new ScaleToZeroDryRun(client), objects, namespace, ticker));
    knowledge.start();
    return knowledge::known;
  }

  private QueryResults queries() {
    return settings
        .prometheus()
        .<QueryResults>map(it -> {
          var queries =
              closer.register(
                  "queries of Prometheus", PrometheusQueries.create(it, ticker, clock, registry));
          queries.start();
          return queries;
        })
        .orElse(QueryResults.NONE);
  }
}
