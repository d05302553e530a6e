package io.gpuscaling.adapter.api.request;

import java.util.ArrayList;
import java.util.List;

/**
 * Path and query of a request, decoded exactly once. Kubernetes authorizes the decoded path, split
 * at slashes; whatever could be split in two ways is refused here, so that what is authorized is
 * what is served.
 *
 * @param path the decoded path, with its trailing slash if it has one
 * @param segments its parts; none is empty
 */
record RequestTarget(String path, List<String> segments, QueryParameters query) {

  /** Longest target, in characters. */
  static final int MAX_LENGTH = 64 * 1024;

  /** Reads the target of an HTTP request: an absolute path, maybe with a query. */
  static RequestTarget parse(String target) throws MalformedTarget {
    if (target.length() > MAX_LENGTH) {
      throw new MalformedTarget("the URL is longer than " + MAX_LENGTH + " characters");
    }
    int question = target.indexOf('?');
    String rawPath = question < 0 ? target : target.substring(0, question);
    if (!rawPath.startsWith("/")) {
      throw new MalformedTarget("the path must start with '/'");
    }
    List<String> segments = segments(rawPath);
    boolean trailing = rawPath.endsWith("/") && !segments.isEmpty();
    return new RequestTarget(
        "/" + String.join("/", segments) + (trailing ? "/" : ""),
        segments,
        question < 0
            ? QueryParameters.NONE
            : QueryParameters.parse(target.substring(question + 1)));
  }

  private static List<String> segments(String rawPath) throws MalformedTarget {
    if (rawPath.equals("/")) {
      return List.of();
    }
    String inner = rawPath.substring(1, rawPath.length() - (rawPath.endsWith("/") ? 1 : 0));
    var segments = new ArrayList<String>();
    for (String raw : inner.split("/", -1)) {
      String segment = PercentDecoder.decodeSegment(raw);
      if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
        throw new MalformedTarget("the path has an empty or relative segment");
      }
      for (int i = 0; i < segment.length(); i++) {
        char c = segment.charAt(i);
        // A percent sign would be an escape to whoever decodes again; no name can have one.
        if (c == '/' || c == '%' || c == '\\' || Character.isISOControl(c)) {
          throw new MalformedTarget("a path segment has a character that no name can have");
        }
      }
      segments.add(segment);
    }
    return List.copyOf(segments);
  }
}
