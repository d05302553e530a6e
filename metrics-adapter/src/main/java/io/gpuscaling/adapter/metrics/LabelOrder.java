package io.gpuscaling.adapter.metrics;

import io.gpuscaling.core.metric.Labels;
import java.util.Comparator;
import java.util.Iterator;

/** Label sets by their names and values in turn, so that equal queries answer in one order. */
final class LabelOrder implements Comparator<Labels> {

  static final LabelOrder INSTANCE = new LabelOrder();

  private LabelOrder() {}

  @Override
  public int compare(Labels one, Labels other) {
    Iterator<Labels.Label> left = one.iterator();
    Iterator<Labels.Label> right = other.iterator();
    while (left.hasNext() && right.hasNext()) {
      Labels.Label a = left.next();
      Labels.Label b = right.next();
      int order = a.name().compareTo(b.name());
      if (order == 0) {
        order = a.value().compareTo(b.value());
      }
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(one.size(), other.size());
  }
}
