package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.api.model.APIService;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.gpuscaling.adapter.api.ApiVersion;
import io.gpuscaling.adapter.slot.SlotKeeper;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the APIServices of the metrics APIs, each by its name, and tells the keeper of the slots.
 * Tries again for ever when the cluster cannot be reached. Threads: the client library's.
 */
public final class ApiServiceWatch implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ApiServiceWatch.class);

  private final KubernetesClient client;
  private final SlotKeeper keeper;
  private final List<SharedIndexInformer<APIService>> informers = new ArrayList<>();

  /**
   * Watches nothing yet.
   *
   * @param client not closed by this
   */
  public ApiServiceWatch(KubernetesClient client, SlotKeeper keeper) {
    this.client = client;
    this.keeper = keeper;
  }

  /** Begins to watch, and does not wait. */
  public synchronized void start() {
    for (ApiVersion version : ApiVersion.values()) {
      SharedIndexInformer<APIService> informer =
          client.apiServices().withName(version.apiServiceName()).runnableInformer(0);
      informer.addEventHandler(new Handler(version));
      informer.exceptionHandler((_, cause) -> {
        LOG.atWarn()
            .addKeyValue("apiService", version.apiServiceName())
            .addKeyValue("cause", cause.getClass().getSimpleName())
            .log("cannot watch the APIService, trying again");
        return true;
      });
      informers.add(informer);
      var _ =
          informer
              .start()
              .thenRun(() -> {
                if (informer.getStore().list().isEmpty()) {
                  keeper.seen(version, Optional.empty()); // no event would tell
                }
              });
    }
  }

  /** Stops watching. */
  @Override
  public synchronized void close() {
    informers.forEach(SharedIndexInformer::close);
  }

  /** What the client library calls, one event after the other. */
  private final class Handler implements ResourceEventHandler<APIService> {

    private final ApiVersion version;

    Handler(ApiVersion version) {
      this.version = version;
    }

    @Override
    public void onAdd(APIService service) {
      keeper.seen(version, Optional.of(ApiServices.view(service)));
    }

    @Override
    public void onUpdate(APIService before, APIService after) {
      keeper.seen(version, Optional.of(ApiServices.view(after)));
    }

    @Override
    public void onDelete(APIService service, boolean isFinalStateUnknown) {
      keeper.seen(version, Optional.empty());
    }
  }
}
