package io.gpuscaling.adapter.api.request;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.gpuscaling.adapter.api.CustomQuery;
import io.gpuscaling.adapter.api.ExternalQuery;
import io.gpuscaling.kubernetes.identity.AccessRequest;
import io.gpuscaling.kubernetes.identity.UserInfo;
import io.gpuscaling.testkit.fuzz.LimitedRun;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Any target of a request: it is served as what was authorized, or not at all. */
public class TargetFuzzTest {

  private static final UserInfo USER = new UserInfo("u", "", List.of(), Map.of());
  private static final Negotiation JSON = Negotiation.of("", "");
  private static final Set<String> PROBES = Set.of("/livez", "/readyz", "/healthz");

  /** What {@code make fuzz} runs. */
  public static void fuzzerTestOneInput(byte[] data) {
    String target = new String(data, StandardCharsets.ISO_8859_1);
    ParsedRequest request = ParsedRequest.of("GET", target);
    AccessRequest access = request.access(USER);
    for (RouteOptions options : List.of(RouteOptions.DEFAULT, new RouteOptions(true))) {
      check(access, request.route(JSON, options), target);
    }
    assertThat(request.timeout()).isPositive().isLessThanOrEqualTo(Router.MAX_TIMEOUT);
    int question = target.indexOf('?');
    checkPath(question < 0 ? target : target.substring(0, question));
  }

  /** What is served is what was authorized. */
  private static void check(AccessRequest access, MetricsRequest routed, String target) {
    switch (routed) {
      case MetricsRequest.Custom(var version, CustomQuery query, var _) -> {
        var allowed = (AccessRequest.Resource) access;
        assertThat(allowed.verb()).isEqualTo("get");
        assertThat(allowed.group() + "/" + allowed.version()).isEqualTo(version.groupVersion());
        if (allowed.subresource().isEmpty()) {
          assertThat(allowed.resource()).isEqualTo("metrics");
          assertThat(allowed.name()).isEqualTo(query.metric());
          assertThat(query.name()).isEqualTo(allowed.namespace()).isNotEmpty();
          assertThat(query.resource()).hasToString("namespaces");
        } else {
          assertThat(allowed.subresource()).isEqualTo(query.metric());
          assertThat(allowed.name()).isEqualTo(query.name());
          assertThat(allowed.namespace()).isEqualTo(query.namespace());
          assertThat(KnownResource.resource(allowed.resource())).isEqualTo(query.resource());
        }
      }
      case MetricsRequest.External(ExternalQuery query, var _) -> {
        var allowed = (AccessRequest.Resource) access;
        assertThat(allowed.verb()).isEqualTo("list");
        assertThat(allowed.group()).isEqualTo("external.metrics.k8s.io");
        assertThat(allowed.resource()).isEqualTo(query.metric());
        assertThat(allowed.namespace()).isEqualTo(query.namespace()).isNotEmpty();
        assertThat(allowed.subresource()).isEmpty();
      }
      case MetricsRequest.Refused _ -> {}
      default -> {
        var allowed = (AccessRequest.NonResource) access;
        assertThat(allowed.verb()).isEqualTo("get");
        // Only these three paths are open to all, and they answer with health only.
        assertThat(PROBES.contains(allowed.path()))
            .as(target)
            .isEqualTo(
                routed instanceof MetricsRequest.Health(var _, String check, var _, var _)
                    && check.isEmpty()
                    && !allowed.path().endsWith("/"));
      }
    }
  }

  /** The slow and obvious reading of a path, and equal readings of what is escaped otherwise. */
  private static void checkPath(String path) {
    List<String> slow = slowly(path);
    List<String> fast;
    try {
      fast = RequestTarget.parse(path).segments();
    } catch (MalformedTarget e) {
      assertThat(slow).as("refused: %s", e.getMessage()).isNull();
      return;
    }
    assertThat(fast).isEqualTo(slow);
    var escaped = new StringBuilder();
    for (String segment : fast) {
      escaped.append('/');
      for (byte b : segment.getBytes(StandardCharsets.UTF_8)) {
        escaped.append(String.format("%%%02x", b & 0xff));
      }
    }
    String end = path.endsWith("/") ? "/" : "";
    ParsedRequest same = ParsedRequest.of("GET", escaped + end);
    assertThat(same.access(USER)).isEqualTo(ParsedRequest.of("GET", path).access(USER));
  }

  /** Null for a path that has no one reading. */
  private static @Nullable List<String> slowly(String path) {
    if (!path.matches("/[!-~]*") || path.length() > RequestTarget.MAX_LENGTH) {
      return null;
    }
    var segments = new ArrayList<String>();
    String inner = path.replaceFirst("^/", "").replaceFirst("/$", "");
    if (inner.isEmpty()) {
      return path.length() > 1 ? null : segments;
    }
    for (String raw : inner.split("/", -1)) {
      if (!raw.matches("([^%]|%[0-9a-fA-F]{2})+")) {
        return null;
      }
      byte[] bytes =
          URLDecoder.decode(raw.replace("+", "%2B"), StandardCharsets.ISO_8859_1)
              .getBytes(StandardCharsets.ISO_8859_1);
      String decoded = new String(bytes, StandardCharsets.UTF_8);
      boolean isText = Arrays.equals(decoded.getBytes(StandardCharsets.UTF_8), bytes);
      boolean isRelative = decoded.equals(".") || decoded.equals("..");
      boolean isClean =
          decoded.chars().noneMatch(c -> "/%\\".indexOf(c) >= 0 || Character.isISOControl(c));
      if (!isText || isRelative || !isClean) {
        return null;
      }
      segments.add(decoded);
    }
    return segments;
  }

  @FuzzTest(maxDuration = "10s")
  void anyTarget(byte[] data) {
    fuzzerTestOneInput(data);
  }

  @Test
  void limitedRun_findsNothing() {
    LimitedRun.of(TargetFuzzTest::fuzzerTestOneInput, TargetFuzzTest.class, "anyTarget");
  }
}
