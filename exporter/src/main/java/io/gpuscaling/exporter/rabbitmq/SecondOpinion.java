package io.gpuscaling.exporter.rabbitmq;

/** What another source says of a queue that says (0 ready, 0 consumers). */
enum SecondOpinion {
  /** There is no other source: time decides. */
  NONE,
  /** Another source is asked, and has not said anything that is young enough. */
  SILENT,
  /** It is empty, and somebody leads it. */
  EMPTY,
  /** It is not, or nobody can know: no leader, no majority, not running. */
  DOUBTFUL
}
