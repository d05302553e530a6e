package io.gpuscaling.adapter.apiserver;

import io.gpuscaling.adapter.api.json.Answer;

/**
 * An answer and what it means for the connection.
 *
 * @param isNotModified whether the caller's copy is the answer: it gets the code 304 and no body
 * @param closesConnection whether the caller is one on whom no connection should be spent
 */
record Served(Answer answer, boolean isNotModified, boolean closesConnection) {

  static final int NOT_MODIFIED = 304;

  int code() {
    return isNotModified ? NOT_MODIFIED : answer.code();
  }
}
