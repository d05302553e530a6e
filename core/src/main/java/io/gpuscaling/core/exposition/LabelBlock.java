package io.gpuscaling.core.exposition;

import io.gpuscaling.core.metric.Labels;
import java.nio.charset.StandardCharsets;

/** What the bytes between the braces of a sample line are. */
sealed interface LabelBlock {

  /** A label set. */
  record Good(Labels labels) implements LabelBlock {}

  /** None: the lines that have it are skipped. */
  record Bad(SkipReason reason) implements LabelBlock {}

  /** Too large: the page is refused. */
  record OverLimit(RefusalReason reason) implements LabelBlock {}

  /** Reads {@code [start, end)}: what is between, not with, the braces. */
  static LabelBlock parse(byte[] page, int start, int end, ExpositionLimits limits) {
    var labels = new Labels.Builder();
    int i = Bytes.skipBlanks(page, start, end);
    while (i < end) {
      int nameStart = i;
      while (i < end && Bytes.isLabelNamePart(page[i], i == nameStart)) {
        i++;
      }
      int nameEnd = i;
      i = Bytes.skipBlanks(page, i, end);
      if (nameEnd == nameStart || i == end || page[i] != '=') {
        return new Bad(SkipReason.BAD_LABELS);
      }
      i = Bytes.skipBlanks(page, i + 1, end);
      if (i == end || page[i] != '"') {
        return new Bad(SkipReason.BAD_LABELS);
      }
      int valueStart = i + 1;
      boolean escapes = false;
      for (i = valueStart; i < end && page[i] != '"'; i++) {
        if (page[i] == '\\') {
          escapes = true;
          i++;
        }
      }
      if (i >= end) {
        return new Bad(SkipReason.BAD_LABELS);
      }
      if (nameEnd - nameStart > limits.nameBytes()) {
        return new OverLimit(RefusalReason.NAME_TOO_LONG);
      }
      if (i - valueStart > limits.labelValueBytes()) {
        return new OverLimit(RefusalReason.LABEL_VALUE_TOO_LONG);
      }
      String name = new String(page, nameStart, nameEnd - nameStart, StandardCharsets.ISO_8859_1);
      String value =
          escapes ? Bytes.unescape(page, valueStart, i, true) : Utf8.decode(page, valueStart, i);
      if (value == null) {
        return new Bad(SkipReason.BAD_UTF8);
      }
      if (!labels.add(name, value)) {
        return new Bad(SkipReason.DUPLICATE_LABEL);
      }
      if (labels.size() > limits.labels()) {
        return new OverLimit(RefusalReason.TOO_MANY_LABELS);
      }
      i = Bytes.skipBlanks(page, i + 1, end);
      if (i < end && page[i] != ',') {
        return new Bad(SkipReason.BAD_LABELS);
      }
      i = Bytes.skipBlanks(page, i + 1, end);
    }
    return new Good(labels.build());
  }
}
