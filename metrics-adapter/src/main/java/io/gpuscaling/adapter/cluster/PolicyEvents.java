package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.gpuscaling.adapter.policy.PolicyNews;
import io.gpuscaling.adapter.policy.PolicyObject;
import io.gpuscaling.kubernetes.policy.PolicyResources;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells what policies do as Events at them. Drops news when the API server is too slow for them.
 */
public final class PolicyEvents implements PolicyNews {

  private static final Logger log = LoggerFactory.getLogger(PolicyEvents.class);

  /** Events on their way at a time. */
  private static final int MAX_PENDING = 64;

  /** The longest note that the API server takes, in characters. */
  private static final int MAX_NOTE = 1024;

  private final KubernetesClient client;
  private final String instance;
  private final InstantSource clock;
  private final Executor threads;
  private final Semaphore room = new Semaphore(MAX_PENDING);

  /**
   * Tells through a client.
   *
   * @param client not closed by this
   * @param instance which replica this is: its host name
   * @param threads for the calls, which block
   */
  public PolicyEvents(
      KubernetesClient client, String instance, InstantSource clock, Executor threads) {
    this.client = client;
    this.instance = ApiServices.reportingInstance(instance);
    this.clock = clock;
    this.threads = threads;
  }

  @Override
  public void tell(PolicyObject object, boolean isWarning, String reason, String note) {
    if (!room.tryAcquire()) {
      log.atDebug().addKeyValue("policy", object.name()).log("an event was dropped");
      return;
    }
    threads.execute(() -> {
      try {
        create(object, isWarning, reason, note);
      } finally {
        room.release();
      }
    });
  }

  private void create(PolicyObject object, boolean isWarning, String reason, String note) {
    var event =
        new EventBuilder()
            .withNewMetadata()
            .withNamespace(object.metadata().namespace())
            .withGenerateName(object.metadata().name() + "-")
            .endMetadata()
            .withEventTime(new MicroTime(ApiServices.microTime(clock.instant())))
            .withReportingController(ApiServices.REPORTER)
            .withReportingInstance(instance)
            .withType(isWarning ? "Warning" : "Normal")
            .withReason(reason)
            .withAction("Scaling")
            .withNote(note.length() > MAX_NOTE ? note.substring(0, MAX_NOTE) : note)
            .withNewRegarding()
            .withApiVersion(PolicyResources.SCALING_POLICY.apiVersion())
            .withKind(PolicyResources.SCALING_POLICY.names().kind())
            .withNamespace(object.metadata().namespace())
            .withName(object.metadata().name())
            .withUid(object.metadata().uid())
            .endRegarding()
            .build();
    try {
      client
          .events()
          .v1()
          .events()
          .inNamespace(object.metadata().namespace())
          .resource(event)
          .create();
    } catch (KubernetesClientException e) {
      log.atWarn()
          .addKeyValue("policy", object.name())
          .addKeyValue("reason", AccessReviews.describe(e))
          .log("an event could not be written");
    } catch (IllegalStateException e) {
      log.atDebug().addKeyValue("policy", object.name()).log("an event came after the end");
    }
  }
}
