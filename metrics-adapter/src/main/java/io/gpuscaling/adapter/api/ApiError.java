package io.gpuscaling.adapter.api;

import io.gpuscaling.kubernetes.identity.AccessRequest;

/**
 * Why a request is not served. Each case becomes exactly one HTTP code; what it says is shown to
 * the caller, so it carries no secret and nothing about other callers.
 */
public sealed interface ApiError {

  /**
   * The request's path, parameters or headers make no sense: 400.
   *
   * @param message what is wrong and what is right
   */
  record BadRequest(String message) implements ApiError {}

  /** Credentials were given and are no good: 401. */
  record Unauthorized() implements ApiError {}

  /**
   * The caller may not do this: 403.
   *
   * @param access what it wanted to do
   * @param reason the authorizer's words, possibly empty
   */
  record Forbidden(AccessRequest access, String reason) implements ApiError {}

  /**
   * Nobody may do this here: 403.
   *
   * @param message why, and what to change
   */
  record Refused(String message) implements ApiError {}

  /** There is no such path: 404. */
  record NoSuchPath() implements ApiError {}

  /**
   * There is no such metric or policy, or the named object does not have it: 404.
   *
   * @param message which metric of what
   */
  record NotFound(String message) implements ApiError {}

  /**
   * The path knows only GET, and no watch: 405.
   *
   * @param message what is not supported
   */
  record MethodNotAllowed(String message) implements ApiError {}

  /** The caller accepts none of the formats that there are: 406. */
  record NotAcceptable() implements ApiError {}

  /** The request's body is larger than a request to a metrics API may be: 413. */
  record BodyTooLarge() implements ApiError {}

  /** The request's target is longer than any that could be served: 414. */
  record TargetTooLong() implements ApiError {}

  /** The request's headers are larger than those of any caller: 431. */
  record HeadersTooLarge() implements ApiError {}

  /** Too many requests are being served: 429, without Retry-After, at which the HPA would sleep. */
  record TooManyRequests() implements ApiError {}

  /**
   * A bug of ours or a failed review: 500.
   *
   * @param message without inner details, which belong in the log
   */
  record Internal(String message) implements ApiError {}

  /**
   * No data, or going away: 503, without Retry-After, at which the HPA would sleep.
   *
   * @param message what is missing
   */
  record Unavailable(String message) implements ApiError {}

  /**
   * Not answered within the deadline: 504.
   *
   * @param message what took too long
   */
  record TimedOut(String message) implements ApiError {}
}
