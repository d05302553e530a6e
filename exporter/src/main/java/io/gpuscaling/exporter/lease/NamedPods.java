package io.gpuscaling.exporter.lease;

import io.gpuscaling.kubernetes.pods.PodLookup;
import io.gpuscaling.kubernetes.pods.PodPlace;
import io.gpuscaling.proto.v1.PodReference;
import io.grpc.Status;
import io.grpc.StatusException;
import java.util.regex.Pattern;

/**
 * Which pod a call is about. A worker's is that of its token; an orchestrator names one, and the
 * cluster says where it runs: no caller ever says so. Safe for use by any thread.
 */
final class NamedPods {

  /** A DNS subdomain, as names of pods and namespaces are: nothing that could leave its path. */
  private static final Pattern NAME = Pattern.compile("[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?");

  private final LeaseSettings settings;
  private final PodLookup lookup;

  NamedPods(LeaseSettings settings, PodLookup lookup) {
    this.settings = settings;
    this.lookup = lookup;
  }

  /**
   * The pod of a call.
   *
   * @param names whether the call names one
   */
  PodIdentity of(Caller caller, boolean names, PodReference named) throws StatusException {
    return switch (caller) {
      case Caller.Worker(PodIdentity pod) -> {
        if (names) {
          throw Status.PERMISSION_DENIED
              .withDescription(
                  "a worker speaks for its own pod; leave the field pod out, or name its"
                      + " ServiceAccount in lease.orchestrators")
              .asException();
        }
        yield pod;
      }
      case Caller.Orchestrator(var account) -> {
        if (!names) {
          throw Status.INVALID_ARGUMENT
              .withDescription(account + " is an orchestrator: the field pod must name a pod")
              .asException();
        }
        yield find(named);
      }
    };
  }

  private PodIdentity find(PodReference named) throws StatusException {
    String namespace = named.getNamespace();
    String name = named.getName();
    if (!NAME.matcher(namespace).matches() || !NAME.matcher(name).matches()) {
      throw Status.INVALID_ARGUMENT
          .withDescription("pod must have the namespace and the name of a pod")
          .asException();
    }
    String text = namespace + "/" + name;
    if (!settings.mayTakeLeases(namespace)) {
      throw Status.PERMISSION_DENIED
          .withDescription("pods of namespace " + namespace + " may not have leases")
          .asException();
    }
    return switch (lookup.find(namespace, name)) {
      case PodPlace.OnNode(String uid, String node) -> {
        if (!node.equals(settings.nodeName())) {
          throw Status.FAILED_PRECONDITION
              .withDescription(
                  "pod %s runs on node %s, and this is the exporter of %s: ask the exporter pod there"
                      .formatted(text, node, settings.nodeName()))
              .asException();
        }
        yield new PodIdentity(namespace, name, uid);
      }
      case PodPlace.Nowhere() ->
          throw Status.NOT_FOUND
              .withDescription("there is no pod " + text + " on any node")
              .asException();
      case PodPlace.Unknown(String reason) ->
          throw Status.UNAVAILABLE
              .withDescription("the node of pod " + text + " could not be looked up: " + reason)
              .asException();
    };
  }
}
