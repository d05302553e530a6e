package io.gpuscaling.adapter.api;

import java.time.Duration;
import java.util.OptionalDouble;

/** What one who ought to contribute to a metric's value has to say. */
public sealed interface Contribution {

  /** What kind of thing contributes. */
  enum Kind {
    /** The exporter of a node. */
    NODE("Node"),
    /** A worker. */
    POD("Pod"),
    /** A reader of a broker's queues. */
    QUEUE_READER("QueueReader"),
    /** A queue, or a broker's own series. */
    QUEUE("Queue");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    /** As it is written in answers. */
    public String word() {
      return word;
    }
  }

  /** What kind of thing it is. */
  Kind kind();

  /** Such as {@code gpu-1}, or {@code broker/vhost/queue}. */
  String name();

  /** The source that tells of it, such as {@code lease}; empty when none can be named. */
  String source();

  /**
   * It contributes.
   *
   * @param age of what it says, not negative
   * @param value its part; empty where a part alone means nothing or is not known whole
   */
  record Given(Kind kind, String name, String source, Duration age, OptionalDouble value)
      implements Contribution {}

  /**
   * It does not.
   *
   * @param why a clause: "no exporter has reported"
   */
  record Absent(Kind kind, String name, String source, String why) implements Contribution {}
}
