package io.gpuscaling.cli.doctor;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Whose clock is off: certificates, tokens, leases and ages all rest on them. */
final class ClockChecks {

  /** Beyond this a clock is worth a word. */
  static final Duration NOTABLE = Duration.ofSeconds(5);

  /** Beyond this, short-lived tokens and leases break. */
  static final Duration BROKEN = Duration.ofSeconds(30);

  /** The adapter's leader renews every few seconds; one that has not for so long is gone. */
  static final Duration LEADER_SILENT = Duration.ofSeconds(30);

  private ClockChecks() {}

  /** The API server's time when it answered, in whole seconds. */
  static Optional<Instant> serverTime(Facts facts) {
    return instant(facts.object(Question.CALLER).at("/metadata/creationTimestamp"))
        .or(() ->
            instant(facts.object(Question.TOLERANCE_PROBE).at("/metadata/creationTimestamp")));
  }

  static List<Finding> skew(Facts facts) {
    CheckId check = CheckId.CLOCK_SKEW;
    Optional<Finding> gap = facts.gap(check, Question.CALLER, Question.NODE_LEASES);
    Optional<Instant> server = serverTime(facts);
    List<Finding> findings = new ArrayList<>();
    if (server.isPresent()) {
      ownSkew(facts, server.get()).ifPresent(findings::add);
      facts.items(Question.NODE_LEASES).forEach(it -> nodeSkew(it, server.get(), findings));
    }
    if (gap.isPresent()) {
      findings.add(gap.get());
    } else if (server.isEmpty()) {
      findings.add(
          Finding.unknown(
              check, "the API server does not say its time", "needs Kubernetes 1.28 or newer"));
    }
    return findings.isEmpty()
        ? List.of(
            Finding.ok(
                check,
                "this machine, the API server and "
                    + facts.items(Question.NODE_LEASES).size()
                    + " nodes agree within "
                    + NOTABLE.toSeconds()
                    + " s"))
        : findings;
  }

  private static Optional<Finding> ownSkew(Facts facts, Instant server) {
    // It wrote its time, cut to a second, some time between question and answer.
    Duration ahead = Duration.between(server.plusSeconds(1), facts.now().minus(facts.roundTrip()));
    Duration behind = Duration.between(facts.now(), server);
    Duration skew = ahead.compareTo(behind) > 0 ? ahead : behind;
    if (skew.compareTo(NOTABLE) < 0) {
      return Optional.empty();
    }
    String reason =
        "this machine's clock is at least "
            + skew.toSeconds()
            + " s "
            + (skew.equals(ahead) ? "ahead of" : "behind")
            + " the API server's";
    String fix = "set the clocks by NTP: chrony or systemd-timesyncd, here and on its nodes";
    return Optional.of(
        skew.compareTo(BROKEN) < 0
            ? Finding.warning(CheckId.CLOCK_SKEW, reason, fix)
            : Finding.fault(CheckId.CLOCK_SKEW, reason, fix));
  }

  /** A Lease of the future is the proof of a wrong clock; one of the past only of a dead node. */
  private static void nodeSkew(JsonNode lease, Instant server, List<Finding> findings) {
    Optional<Instant> renewed = instant(lease.at("/spec/renewTime"));
    if (renewed.isEmpty()) {
      return;
    }
    // The leases are read after the time was told, by at most some seconds of questions.
    Duration ahead = Duration.between(server, renewed.get());
    if (ahead.compareTo(BROKEN) > 0) {
      findings.add(
          Finding.fault(
              CheckId.CLOCK_SKEW,
              "the clock of node "
                  + KubeObject.name(lease)
                  + " is about "
                  + ahead.toSeconds()
                  + " s ahead of the API server's",
              "set the node's clock by NTP; until then its certificates and tokens may be refused"));
    }
  }

  static Finding leader(Facts facts) {
    CheckId check = CheckId.POLICY_LEADER;
    Optional<Finding> gap =
        facts.gap(check, Question.CALLER, Question.POLICY_LEASE, Question.POLICIES);
    if (gap.isPresent()) {
      return gap.get();
    }
    JsonNode lease = facts.object(Question.POLICY_LEASE);
    String holder = lease.at("/spec/holderIdentity").asString("");
    Optional<Instant> renewed = instant(lease.at("/spec/renewTime"));
    Optional<Instant> server = serverTime(facts);
    if (holder.isEmpty() || renewed.isEmpty()) {
      return facts.items(Question.POLICIES).isEmpty()
          ? Finding.ok(check, "there are no policies, and no replica leads")
          : Finding.fault(
              check,
              "no replica of the adapter leads: no policy is decided",
              "see adapter-replicas and adapter-rights; policies.enabled must be true");
    }
    if (server.isEmpty()) {
      return Finding.unknown(
          check, "the API server does not say its time", "needs Kubernetes 1.28 or newer");
    }
    Duration silent = Duration.between(renewed.get(), server.get());
    return silent.compareTo(LEADER_SILENT) > 0
        ? Finding.fault(
            check,
            "the leader " + holder + " has not renewed its Lease for " + silent.toSeconds() + " s",
            "see adapter-replicas; a replica that runs takes over by itself")
        : Finding.ok(check, holder + " leads");
  }

  static Optional<Instant> instant(JsonNode text) {
    try {
      return text.isString() ? Optional.of(Instant.parse(text.asString())) : Optional.empty();
    } catch (DateTimeException _) {
      return Optional.empty();
    }
  }
}
