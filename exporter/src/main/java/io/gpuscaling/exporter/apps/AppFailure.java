package io.gpuscaling.exporter.apps;

import io.gpuscaling.core.metric.UnknownReason;
import java.util.Locale;

/** Why a pod's page gave no number. */
enum AppFailure {
  /** No connection, or one that broke. */
  UNREACHABLE(UnknownReason.UNREACHABLE, true),
  /** No whole answer in time. */
  TIMEOUT(UnknownReason.UNREACHABLE, true),
  /** The round was over before it was asked. */
  NOT_REACHED(UnknownReason.UNREACHABLE, true),
  /** Its certificate is not trusted, or it speaks no TLS. */
  TLS(UnknownReason.REFUSED, true),
  /** It answered that it has a fault, or knows no such page. */
  STATUS(UnknownReason.NOT_REPORTED, true),
  /** It pointed elsewhere, which is not followed. */
  REDIRECT(UnknownReason.NOT_REPORTED, false),
  /** The page is larger than allowed. */
  TOO_LARGE(UnknownReason.INVALID, false),
  /** The page is not of the format. */
  CONTENT(UnknownReason.INVALID, false),
  /** The page does not have the number. */
  ABSENT(UnknownReason.NOT_REPORTED, false),
  /** It is no number of tasks: negative, infinite, or not a number. */
  INVALID(UnknownReason.INVALID, false);

  private final String label = name().toLowerCase(Locale.ROOT);
  private final UnknownReason reason;
  private final boolean keepsFormer;

  AppFailure(UnknownReason reason, boolean keepsFormer) {
    this.reason = reason;
    this.keepsFormer = keepsFormer;
  }

  /** The value of the label {@code outcome}. */
  String label() {
    return label;
  }

  /** What it means for the value. */
  UnknownReason reason() {
    return reason;
  }

  /** Whether what the pod said before still counts for a while: it has not said otherwise. */
  boolean keepsFormer() {
    return keepsFormer;
  }
}
