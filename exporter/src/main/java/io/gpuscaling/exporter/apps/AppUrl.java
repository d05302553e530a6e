package io.gpuscaling.exporter.apps;

import java.net.URI;
import java.net.URISyntaxException;

/**
 * The form of the addresses of an application's pods: {@code http://{podIP}:8000/metrics}. Each pod
 * has its own, since one page that stood for several would be counted several times.
 *
 * @param template with {@code {podIP}} or {@code {podName}}, and perhaps {@code {namespace}}
 */
public record AppUrl(String template) {

  private static final int MAX_CHARACTERS = 1_024;

  /**
   * Checks the form.
   *
   * @throws IllegalArgumentException when no pod's address can be made of it
   */
  public AppUrl {
    if (template.length() > MAX_CHARACTERS) {
      throw new IllegalArgumentException("has " + template.length() + " characters");
    }
    if (!template.contains("{podIP}") && !template.contains("{podName}")) {
      throw new IllegalArgumentException(
          "must have {podIP} or {podName}: one page for all pods would be counted for each");
    }
    URI example = expand(template, new AppPod("namespace", "pod", "uid", "127.0.0.1"));
    boolean isHttp = "http".equals(example.getScheme()) || "https".equals(example.getScheme());
    if (!isHttp || example.getHost() == null) {
      throw new IllegalArgumentException("must be http://HOST[:PORT]/PATH or https://...");
    }
    if (example.getRawUserInfo() != null) {
      throw new IllegalArgumentException("must not have a user or password");
    }
  }

  /** The address of one pod's page. */
  URI of(AppPod pod) {
    return expand(template, pod);
  }

  private static URI expand(String template, AppPod pod) {
    String host = pod.address().contains(":") ? "[" + pod.address() + "]" : pod.address();
    try {
      return new URI(
          template
              .replace("{podIP}", host)
              .replace("{podName}", pod.name())
              .replace("{namespace}", pod.namespace()));
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("is not an address: " + e.getReason(), e);
    }
  }

  @Override
  public String toString() {
    return template;
  }
}
