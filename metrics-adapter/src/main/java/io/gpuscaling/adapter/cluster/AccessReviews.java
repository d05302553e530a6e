package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewFluent;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.gpuscaling.kubernetes.identity.AccessRequest;
import io.gpuscaling.kubernetes.identity.AccessReview;
import io.gpuscaling.kubernetes.identity.AccessReviewer;
import io.gpuscaling.kubernetes.identity.UserInfo;
import org.jspecify.annotations.Nullable;

/** Has accesses reviewed by the cluster ({@code authorization.k8s.io/v1}). For any thread. */
public final class AccessReviews implements AccessReviewer {

  private final KubernetesClient client;

  /**
   * Asks through a client.
   *
   * @param client not closed by this
   */
  public AccessReviews(KubernetesClient client) {
    this.client = client;
  }

  @Override
  public AccessReview review(AccessRequest request) {
    UserInfo user = request.user();
    var spec =
        new SubjectAccessReviewBuilder()
            .withNewSpec()
            .withUser(user.name())
            .withUid(user.uid())
            .withGroups(user.groups())
            .withExtra(user.extra());
    try {
      return read(
          client
              .authorization()
              .v1()
              .subjectAccessReview()
              .create(with(spec, request).endSpec().build())
              .getStatus());
    } catch (KubernetesClientException e) {
      return new AccessReview.Failed(describe(e));
    } catch (IllegalStateException e) {
      return new AccessReview.Failed("the client of the cluster is closed");
    }
  }

  /** What is said of a request that failed: never what was sent. */
  static String describe(KubernetesClientException e) {
    return e.getCode() > 0
        ? "the cluster answered with code " + e.getCode()
        : "the cluster could not be asked: "
            + (e.getCause() == null ? e : e.getCause()).getClass().getSimpleName();
  }

  private static SubjectAccessReviewFluent<SubjectAccessReviewBuilder>.SpecNested<
          SubjectAccessReviewBuilder>
      with(
          SubjectAccessReviewFluent<SubjectAccessReviewBuilder>.SpecNested<
                  SubjectAccessReviewBuilder>
              spec,
          AccessRequest request) {
    return switch (request) {
      case AccessRequest.Resource access ->
          spec.withNewResourceAttributes()
              .withVerb(access.verb())
              .withGroup(access.group())
              .withVersion(access.version())
              .withResource(access.resource())
              .withSubresource(access.subresource())
              .withNamespace(access.namespace())
              .withName(access.name())
              .endResourceAttributes();
      case AccessRequest.NonResource(var _, String verb, String path) ->
          spec.withNewNonResourceAttributes()
              .withVerb(verb)
              .withPath(path)
              .endNonResourceAttributes();
    };
  }

  private static AccessReview read(@Nullable SubjectAccessReviewStatus status) {
    if (status == null) {
      return new AccessReview.Failed("the answer has no status");
    }
    boolean isDenied = Boolean.TRUE.equals(status.getDenied());
    if (Boolean.TRUE.equals(status.getAllowed()) && !isDenied) {
      return new AccessReview.Allowed();
    }
    return new AccessReview.Denied(status.getReason() == null ? "" : status.getReason());
  }
}
