package io.gpuscaling.demo.queue;

/** A message that a consumer holds. */
public interface Delivery {

  /** Its id, unique in the queue. */
  String id();

  /** It has been worked off. */
  void acknowledge();
}
