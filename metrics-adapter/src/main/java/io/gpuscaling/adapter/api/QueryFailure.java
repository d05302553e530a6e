package io.gpuscaling.adapter.api;

/**
 * Why a query has no answer. Sentences are shown by {@code kubectl describe hpa}: they say what to
 * do and leak nothing of other namespaces.
 */
public sealed interface QueryFailure {

  /** There is no metric of that name, or not for that kind of objects: 404. */
  record UnknownMetric() implements QueryFailure {}

  /**
   * The named object does not exist, has no such metric, or the selectors rule it out: 404. Never
   * for a list of objects.
   */
  record NoSuchObject() implements QueryFailure {}

  /**
   * The namespace may not read it: 403.
   *
   * @param sentence names the configuration key to set
   */
  record NotGranted(String sentence) implements QueryFailure {}

  /**
   * Several values match where only one means something: a metric that does not add up, a name that
   * differs from another only in case. 400.
   *
   * @param sentence names the label that is missing, or the names
   */
  record Ambiguous(String sentence) implements QueryFailure {}

  /**
   * The metric is known, its values are stale, incomplete or absent: 503, and the HPA holds.
   *
   * @param sentence which contributors are missing and since when
   */
  record Unavailable(String sentence) implements QueryFailure {}
}
