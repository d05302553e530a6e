package io.gpuscaling.adapter.api;

/** Answers about scaling policies. Safe for use by any thread; never blocks. */
@FunctionalInterface
public interface PolicyQuery {

  /** There are no scaling policies here. */
  PolicyQuery NONE =
      (_, _, _) ->
          new PolicyAnswer.Unavailable("scaling policies are switched off (policies.enabled)");

  /**
   * About one policy.
   *
   * @param what is asked
   * @param namespace of the policy
   * @param name of the policy
   */
  PolicyAnswer ask(PolicySubresource what, String namespace, String name);
}
