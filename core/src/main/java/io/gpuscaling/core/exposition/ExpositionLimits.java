package io.gpuscaling.core.exposition;

/**
 * How large a page may be. A page over one of them is refused as a whole: a part of it would be a
 * wrong answer.
 *
 * @param bodyBytes of the whole page
 * @param lineBytes of a line without its end
 * @param samples sample lines
 * @param families metric names
 * @param labels of one series
 * @param nameBytes of a metric or label name
 * @param labelValueBytes of a label value as written
 */
public record ExpositionLimits(
    int bodyBytes,
    int lineBytes,
    int samples,
    int families,
    int labels,
    int nameBytes,
    int labelValueBytes) {

  /** 16 MiB. */
  public static final int BODY_BYTES = 16 * 1024 * 1024;

  /** 64 KiB. */
  public static final int LINE_BYTES = 64 * 1024;

  /** 200,000; a node of 8 GPUs with 7 instances each has about 1,300. */
  public static final int SAMPLES = 200_000;

  /** 5,000. */
  public static final int FAMILIES = 5_000;

  /** 64. */
  public static final int LABELS = 64;

  /** 256. */
  public static final int NAME_BYTES = 256;

  /** 4,096. */
  public static final int LABEL_VALUE_BYTES = 4_096;

  /** The constants of this class. */
  public static final ExpositionLimits DEFAULT =
      new ExpositionLimits(
          BODY_BYTES, LINE_BYTES, SAMPLES, FAMILIES, LABELS, NAME_BYTES, LABEL_VALUE_BYTES);
}
