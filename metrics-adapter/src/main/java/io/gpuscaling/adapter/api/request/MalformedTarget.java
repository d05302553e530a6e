package io.gpuscaling.adapter.api.request;

/** A request's path or query is broken; never leaves this package. */
final class MalformedTarget extends Exception {

  MalformedTarget(String message) {
    super(message, null, false, false);
  }
}
