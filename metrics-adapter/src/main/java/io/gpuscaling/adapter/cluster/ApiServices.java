package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.api.model.APIService;
import io.fabric8.kubernetes.api.model.APIServiceCondition;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.gpuscaling.adapter.api.ApiVersion;
import io.gpuscaling.adapter.slot.ApiServiceChanges;
import io.gpuscaling.adapter.slot.ApiServiceView;
import io.gpuscaling.adapter.slot.ApiServiceView.Availability;
import io.gpuscaling.adapter.slot.ServiceReference;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads and changes APIServices of the cluster. Blocks. Safe for use by any thread. */
public final class ApiServices implements ApiServiceChanges {

  private static final int DEFAULT_PORT = 443;

  /** Longest text that an Event's reporting instance may have. */
  private static final int MAX_INSTANCE = 128;

  static final String REPORTER = "gpuscaling.io/metrics-adapter";
  private static final DateTimeFormatter MICRO_TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  private final KubernetesClient client;
  private final String instance;
  private final InstantSource clock;

  /**
   * Changes through a client.
   *
   * @param client not closed by this
   * @param instance which replica this is, for Events: its host name
   */
  public ApiServices(KubernetesClient client, String instance, InstantSource clock) {
    this.client = client;
    this.instance = reportingInstance(instance);
    this.clock = clock;
  }

  static String reportingInstance(String instance) {
    return instance.length() > MAX_INSTANCE ? instance.substring(0, MAX_INSTANCE) : instance;
  }

  static String microTime(Instant instant) {
    return MICRO_TIME.format(instant);
  }

  /** What the program needs of an APIService; pure. */
  static ApiServiceView view(APIService service) {
    var spec = service.getSpec();
    var reference = spec == null ? null : spec.getService();
    return new ApiServiceView(
        reference == null
            ? Optional.empty()
            : Optional.of(
                new ServiceReference(
                    orEmpty(reference.getNamespace()),
                    orEmpty(reference.getName()),
                    reference.getPort() == null ? DEFAULT_PORT : reference.getPort())),
        spec == null ? "" : decoded(orEmpty(spec.getCaBundle())),
        availability(service),
        orEmpty(service.getMetadata().getResourceVersion()));
  }

  private static Availability availability(APIService service) {
    if (service.getStatus() != null) {
      for (APIServiceCondition condition : service.getStatus().getConditions()) {
        if ("Available".equals(condition.getType())) {
          return "True".equals(condition.getStatus())
              ? new Availability.Available()
              : new Availability.Unavailable(
                  orEmpty(condition.getReason()), orEmpty(condition.getMessage()));
        }
      }
    }
    return new Availability.NotSaid();
  }

  /** What is no base64 is no bundle either, and is as good as none. */
  private static String decoded(String base64) {
    try {
      return new String(Base64.getDecoder().decode(base64), StandardCharsets.US_ASCII);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  @Override
  public Outcome putAuthorities(ApiVersion version, ApiServiceView seen, String caBundle) {
    return patch(version, seen, authorities(caBundle));
  }

  @Override
  public Outcome takeOver(
      ApiVersion version, ApiServiceView seen, ServiceReference service, String caBundle) {
    Map<String, Object> spec = caBundle.isEmpty() ? new LinkedHashMap<>() : authorities(caBundle);
    spec.put(
        "service",
        Map.of("namespace", service.namespace(), "name", service.name(), "port", service.port()));
    return patch(version, seen, spec);
  }

  /** The API server takes authorities only where it is not told to skip verification. */
  private static Map<String, Object> authorities(String caBundle) {
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put(
        "caBundle",
        Base64.getEncoder().encodeToString(caBundle.getBytes(StandardCharsets.US_ASCII)));
    spec.put("insecureSkipTLSVerify", false);
    return spec;
  }

  private Outcome patch(ApiVersion version, ApiServiceView seen, Map<String, Object> spec) {
    String patch =
        Serialization.asJson(
            Map.of("metadata", Map.of("resourceVersion", seen.resourceVersion()), "spec", spec));
    try {
      client
          .apiServices()
          .withName(version.apiServiceName())
          .patch(PatchContext.of(PatchType.JSON_MERGE), patch);
      return new Outcome.Done();
    } catch (KubernetesClientException e) {
      return new Outcome.Failed(AccessReviews.describe(e));
    } catch (IllegalStateException e) {
      return new Outcome.Failed("the client of the cluster is closed");
    }
  }

  @Override
  public Outcome tellOfOther(ApiVersion version, ServiceReference own, ServiceReference other) {
    var event =
        new EventBuilder()
            .withNewMetadata()
            .withNamespace(own.namespace())
            .withGenerateName(own.name() + "-")
            .endMetadata()
            .withEventTime(new MicroTime(microTime(clock.instant())))
            .withReportingController(REPORTER)
            .withReportingInstance(instance)
            .withType("Warning")
            .withReason("APIServiceOwnedByOther")
            .withAction("Watching")
            .withNote(
                "APIService "
                    + version.apiServiceName()
                    + " leads to Service "
                    + other
                    + ", not to "
                    + own
                    + ": metrics of "
                    + version.group()
                    + " are not served by gpuscaling. Switch the API off, delete the other"
                    + " product's APIService, or set apiServices.takeOver.")
            .withNewRegarding()
            .withApiVersion("v1")
            .withKind("Service")
            .withNamespace(own.namespace())
            .withName(own.name())
            .endRegarding()
            .withNewRelated()
            .withApiVersion("apiregistration.k8s.io/v1")
            .withKind("APIService")
            .withName(version.apiServiceName())
            .endRelated()
            .build();
    try {
      client.events().v1().events().inNamespace(own.namespace()).resource(event).create();
      return new Outcome.Done();
    } catch (KubernetesClientException e) {
      return new Outcome.Failed(AccessReviews.describe(e));
    } catch (IllegalStateException e) {
      return new Outcome.Failed("the client of the cluster is closed");
    }
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
