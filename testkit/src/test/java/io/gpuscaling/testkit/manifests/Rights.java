package io.gpuscaling.testkit.manifests;

import io.gpuscaling.testkit.controlplane.ControlPlane;

/**
 * Asks the API server itself what accounts may do; a resource is written {@code NAME} or {@code
 * NAME.GROUP}.
 */
record Rights(ControlPlane plane) {

  /** Whether an account may do something with any object of a kind. */
  boolean may(String account, String verb, String resource, String namespace) {
    return may(account, verb, resource, namespace, "");
  }

  /** Whether an account may do something with one object. */
  boolean may(String account, String verb, String resource, String namespace, String name) {
    var parts = resource.split("\\.", 2);
    return plane
        .api()
        .post(
            "/apis/authorization.k8s.io/v1/subjectaccessreviews",
            """
            {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
             "spec": {"user": "system:serviceaccount:%s", "resourceAttributes":
               {"verb": "%s", "resource": "%s", "group": "%s", "namespace": "%s",
                "name": "%s"}}}
            """
                .formatted(
                    account, verb, parts[0], parts.length == 1 ? "" : parts[1], namespace, name))
        .orThrow()
        .at("/status/allowed")
        .asBoolean();
  }
}
