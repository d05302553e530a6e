package io.gpuscaling.adapter.api.request;

/** A parameter of a request is broken; never leaves this package. */
final class BadParameter extends Exception {

  BadParameter(String message) {
    super(message, null, false, false);
  }
}
