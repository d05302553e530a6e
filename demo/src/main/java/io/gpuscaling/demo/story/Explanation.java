package io.gpuscaling.demo.story;

import io.gpuscaling.demo.policy.PolicyReport;
import io.gpuscaling.policy.hpa.HpaDecision;
import io.gpuscaling.policy.hpa.HpaDecision.Limit;
import io.gpuscaling.policy.hpa.HpaDecision.Reason;
import io.gpuscaling.policy.hpa.HpaSpec;
import io.gpuscaling.policy.hpa.MetricProposal;
import io.gpuscaling.policy.hpa.MetricTarget;
import io.gpuscaling.policy.hpa.MilliQuantity;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A decision of the HPA in words. Pure. */
public final class Explanation {

  private static final String INDENT = "        ";

  private Explanation() {}

  /** For a row: {@code 2 -> 12}, or what keeps them: {@code 12 by busy}. */
  public static String inShort(HpaSpec spec, HpaDecision decision) {
    return decision.current() == decision.desired()
        ? decision.current() + " " + keeper(spec, decision)
        : decision.current() + " -> " + decision.desired();
  }

  private static String keeper(HpaSpec spec, HpaDecision decision) {
    return switch (decision.reason()) {
      case Reason.Hold _ -> "(holds)";
      case Reason.SwitchedOff _ -> "(off)";
      case Reason.OutOfBounds _ -> "";
      case Reason.ByMetrics(_, int proposed, _, _)
          when proposed < spec.minReplicas() && decision.current() == spec.minReplicas() ->
          "by min";
      case Reason.ByMetrics(_, int proposed, int stabilized, _) when stabilized != proposed ->
          "by window";
      case Reason.ByMetrics(String metric, _, _, Limit limit) ->
          switch (limit) {
            case NONE -> "by " + metric;
            case MIN_REPLICAS -> "by min";
            case MAX_REPLICAS -> "by max";
            case SCALE_UP_RATE, SCALE_DOWN_RATE -> "by behavior";
          };
    };
  }

  /**
   * Why a policy decided so, in lines of at most 80 columns.
   *
   * @param withRules whether what each rule found is told too
   */
  public static List<String> lines(PolicyReport report, boolean withRules) {
    List<String> lines =
        new ArrayList<>(
            Wrapping.wrap(INDENT + "policy: ", INDENT + "        ", ascii(report.decision())));
    if (withRules) {
      report
          .rules()
          .forEach(rule -> lines.addAll(Wrapping.wrap(INDENT + "- ", INDENT + "  ", ascii(rule))));
    }
    return lines;
  }

  private static String ascii(String text) {
    return text.replace("\u2192", "->");
  }

  /** How it came about, in lines of at most 80 columns. */
  public static List<String> lines(HpaDecision decision) {
    List<String> parts = new ArrayList<>();
    decision.proposals().forEach(proposal -> parts.add(proposal(proposal)));
    parts.add(conclusion(decision));
    return Wrapping.wrap(INDENT + "HPA: ", INDENT + "     ", String.join("; ", parts));
  }

  private static String proposal(MetricProposal proposal) {
    String name = proposal.metric().name();
    return switch (proposal) {
      case MetricProposal.Replicas it -> name + " " + calculation(it);
      case MetricProposal.None(_, String why) -> name + " unknown (" + why + ")";
    };
  }

  private static String calculation(MetricProposal.Replicas it) {
    String value = MilliQuantity.format(it.milli());
    return switch (it.metric().target()) {
      case MetricTarget.AverageValue(long target) ->
          value
              + "/"
              + MilliQuantity.format(target)
              + " -> "
              + it.replicas()
              + (it.isWithinTolerance() ? " (within 10 %)" : "");
      case MetricTarget.Value(long target) ->
          value + " of " + MilliQuantity.format(target) + " -> " + it.replicas();
    };
  }

  private static String conclusion(HpaDecision decision) {
    return switch (decision.reason()) {
      case Reason.SwitchedOff _ -> "stands at 0, which is switched off";
      case Reason.OutOfBounds _ -> "outside min and max, so " + decision.desired();
      case Reason.Hold _ -> "so it holds " + decision.current();
      case Reason.ByMetrics(_, int proposed, int stabilized, Limit limit) ->
          "largest "
              + proposed
              + (stabilized == proposed ? "" : ", within the stabilization window " + stabilized)
              + limit(limit).map(it -> ", " + it).orElse("")
              + "; so "
              + decision.desired();
    };
  }

  private static Optional<String> limit(Limit limit) {
    return switch (limit) {
      case NONE -> Optional.empty();
      case MIN_REPLICAS -> Optional.of("at least minReplicas");
      case MAX_REPLICAS -> Optional.of("at most maxReplicas");
      case SCALE_UP_RATE -> Optional.of("no faster up by behavior");
      case SCALE_DOWN_RATE -> Optional.of("no faster down by behavior");
    };
  }
}
