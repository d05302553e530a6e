package io.gpuscaling.adapter.store;

/** Who reports series, as its credential says; never as its messages say. */
public sealed interface Contributor {

  /** A name for logs and sentences. */
  String name();

  /** The exporter of a node. All its series belong to that node. */
  record Node(String name) implements Contributor {}

  /**
   * A reader of queues. Several may read the same broker; a queue that two of them report is one
   * queue.
   *
   * @param name the pod's namespace and name, or the certificate's name
   */
  record QueueReader(String name) implements Contributor {}
}
