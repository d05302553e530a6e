package io.gpuscaling.core.http;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what it was told. */
final class RecordingObserver implements EndpointObserver {

  final List<String> answers = new CopyOnWriteArrayList<>();
  final List<Refusal> refusals = new CopyOnWriteArrayList<>();

  @Override
  public void onAnswer(String path, int status) {
    answers.add(path + " " + status);
  }

  @Override
  public void onRefusal(Refusal refusal) {
    refusals.add(refusal);
  }
}
