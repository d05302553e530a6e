package io.gpuscaling.adapter.apiserver;

import io.gpuscaling.adapter.api.request.ParsedRequest;
import java.util.UUID;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One line for each request at level debug, in the words of the Kubernetes audit log. Headers that
 * carry credentials and query parameters are never written; what a client says of itself is cut
 * short. Safe for use by any thread.
 */
final class AccessLog {

  private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);
  private static final int MAX_TEXT = 256;

  /** What the API server in front sends; anything else is not taken over. */
  private static final Pattern AUDIT_ID = Pattern.compile("[A-Za-z0-9-]{1,64}");

  private static final double NANOS_PER_MICRO = 1e3;

  private AccessLog() {}

  /**
   * Writes a line, if anybody wants it.
   *
   * @param user the authenticated name, or empty when there is none
   */
  static void write(
      RequestHead head, ParsedRequest request, String user, int code, long tookNanos) {
    if (!LOG.isDebugEnabled()) {
      return;
    }
    LOG.atDebug()
        .addKeyValue("stage", "ResponseComplete")
        .addKeyValue("auditId", auditId(head.header("audit-id")))
        .addKeyValue("verb", request.countedVerb())
        .addKeyValue("method", cut(head.method()))
        .addKeyValue("path", cut(request.path()))
        .addKeyValue("group", request.group())
        .addKeyValue("user", cut(user))
        .addKeyValue("peer", head.peer())
        .addKeyValue("forwardedFor", cut(head.listHeader("x-forwarded-for")))
        .addKeyValue("userAgent", cut(head.header("user-agent")))
        .addKeyValue("code", code)
        .addKeyValue("tookMicros", Math.round(tookNanos / NANOS_PER_MICRO))
        .log("request");
  }

  private static String auditId(String given) {
    return AUDIT_ID.matcher(given).matches() ? given : UUID.randomUUID().toString();
  }

  private static String cut(String text) {
    return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "…";
  }
}
