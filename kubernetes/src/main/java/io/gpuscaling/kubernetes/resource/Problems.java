package io.gpuscaling.kubernetes.resource;

import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with an object. For one reading. */
public final class Problems {

  /** So many are shown of one object; more help nobody. */
  private static final int MAX = 100;

  private final List<Problem> list = new ArrayList<>();

  /** Adds one. */
  public void add(Problem problem) {
    if (list.size() < MAX) {
      list.add(problem);
    }
  }

  /** Whether nothing is wrong. */
  public boolean isEmpty() {
    return list.isEmpty();
  }

  int size() {
    return list.size();
  }

  /** All so far. */
  public List<Problem> list() {
    return List.copyOf(list);
  }
}
