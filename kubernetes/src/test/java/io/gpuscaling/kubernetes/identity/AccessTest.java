package io.gpuscaling.kubernetes.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class AccessTest {

  private static final UserInfo USER = new UserInfo("u", "", List.of(), Map.of());

  @Test
  void request_eachKind_saysWhoAsks() {
    AccessRequest resource =
        new AccessRequest.Resource(USER, "get", "apps", "v1", "deployments", "scale", "ns", "d");
    AccessRequest path = new AccessRequest.NonResource(USER, "get", "/metrics");

    assertThat(List.of(resource, path)).extracting(AccessRequest::user).containsOnly(USER);
  }

  @Test
  void review_failed_isNeverADenial() {
    assertThat(new AccessReview.Failed("away")).isNotEqualTo(new AccessReview.Denied("away"));
    assertThat(new AccessReview.Allowed()).isNotEqualTo(new AccessReview.Denied(""));
  }
}
