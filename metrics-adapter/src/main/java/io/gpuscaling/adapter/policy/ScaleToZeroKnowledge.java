package io.gpuscaling.adapter.policy;

import io.gpuscaling.core.lifecycle.PeriodicTask;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.kubernetes.policy.GeneratedHpa;
import io.gpuscaling.kubernetes.policy.ScalingPolicy;
import io.gpuscaling.kubernetes.resource.Read;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows whether the cluster's HPAs can go down to 0, and asks now and then, while a policy wants
 * that. Create, start, close; each once. {@link #known} is for any thread and never blocks.
 */
public final class ScaleToZeroKnowledge implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ScaleToZeroKnowledge.class);

  /** An API server changes its mind at an upgrade. */
  static final Duration REFRESH = Duration.ofMinutes(10);

  /** So soon it is asked again when nobody could say. */
  static final Duration RETRY = Duration.ofMinutes(1);

  private static final Duration LOOK_INTERVAL = Duration.ofSeconds(1);

  /** Where the right to make HPAs is given for some namespaces alone, so many of them are tried. */
  private static final int MAX_NAMESPACES = 4;

  private final ScaleToZeroProbe probe;
  private final PolicyObjects objects;
  private final String ownNamespace;
  private final Ticker ticker;
  private final PeriodicTask looks = new PeriodicTask("scale-to-zero", LOOK_INTERVAL, this::look);
  private volatile ScaleToZero known =
      new ScaleToZero.Unknown("the API server has not been asked yet");
  private boolean hasAsked;
  private long askedAtNanos;

  /**
   * Has asked nobody yet.
   *
   * @param ownNamespace is tried first
   */
  public ScaleToZeroKnowledge(
      ScaleToZeroProbe probe, PolicyObjects objects, String ownNamespace, Ticker ticker) {
    this.probe = probe;
    this.objects = objects;
    this.ownNamespace = ownNamespace;
    this.ticker = ticker;
  }

  /** Begins to ask. */
  public void start() {
    looks.start();
  }

  /** The newest answer. */
  public ScaleToZero known() {
    return known;
  }

  /** Asks, if it is time to and somebody wants to know. */
  void look() {
    long now = ticker.nanos();
    Duration pause = known instanceof ScaleToZero.Unknown ? RETRY : REFRESH;
    if (hasAsked && now - askedAtNanos < pause.toNanos()) {
      return;
    }
    Set<String> namespaces = namespaces();
    if (namespaces.isEmpty()) {
      return;
    }
    hasAsked = true;
    askedAtNanos = now;
    ScaleToZero before = known;
    ScaleToZero answer = new ScaleToZero.Unknown("there is no namespace to try in");
    for (String namespace : namespaces) {
      answer = probe.probe(namespace);
      if (!(answer instanceof ScaleToZero.Unknown)) {
        break;
      }
    }
    known = answer;
    if (!answer.equals(before)) {
      log.atInfo()
          .addKeyValue("answer", answer)
          .log("whether HorizontalPodAutoscalers can go down to 0 replicas");
    }
  }

  /** Those to try in, the likeliest first; none while no policy goes down to 0. */
  private Set<String> namespaces() {
    Set<String> namespaces = new LinkedHashSet<>();
    namespaces.add(ownNamespace);
    for (PolicyObject object : objects.snapshot().policies().values()) {
      if (namespaces.size() < MAX_NAMESPACES && goesToZero(object)) {
        namespaces.add(object.name().namespace());
      }
    }
    return namespaces.size() > 1 ? namespaces : Set.of();
  }

  private static boolean goesToZero(PolicyObject object) {
    return object.read() instanceof Read.Valid<ScalingPolicy>(ScalingPolicy valid)
        && GeneratedHpa.widest(valid.policy()).minReplicas() == 0;
  }

  @Override
  public void close() {
    looks.close();
  }
}
