package io.gpuscaling.exporter.nvml;

import io.gpuscaling.core.metric.UnknownReason;
import java.util.Locale;

/** Why a read gave nothing. */
enum NvmlFailure {
  /** There is no such library here: no driver, or it is not mounted into the container. */
  LIBRARY_MISSING(UnknownReason.MISSING),
  /** The library lacks a function without which nothing can be read. */
  SYMBOL_MISSING(UnknownReason.INVALID),
  /** The kernel's driver is not loaded. */
  DRIVER_NOT_LOADED(UnknownReason.UNREACHABLE),
  /** The driver was updated and its library belongs to the other version; a reboot heals it. */
  VERSION_MISMATCH(UnknownReason.UNREACHABLE),
  /** This process may not use the GPUs. */
  NO_PERMISSION(UnknownReason.REFUSED),
  /** A call, or one before it, has not come back in time: the driver hangs. */
  TIMEOUT(UnknownReason.UNREACHABLE),
  /** Another code of the library. */
  ERROR(UnknownReason.INVALID);

  private final UnknownReason reason;
  private final String label = name().toLowerCase(Locale.ROOT);

  NvmlFailure(UnknownReason reason) {
    this.reason = reason;
  }

  UnknownReason reason() {
    return reason;
  }

  /** The value of the label {@code outcome}. */
  String label() {
    return label;
  }

  /** What a code of the library other than success means for the whole read. */
  static NvmlFailure of(int code) {
    return switch (code) {
      case NvmlCode.NO_PERMISSION -> NO_PERMISSION;
      case NvmlCode.DRIVER_NOT_LOADED -> DRIVER_NOT_LOADED;
      case NvmlCode.LIBRARY_NOT_FOUND -> LIBRARY_MISSING;
      case NvmlCode.FUNCTION_NOT_FOUND -> SYMBOL_MISSING;
      case NvmlCode.VERSION_MISMATCH -> VERSION_MISMATCH;
      default -> ERROR;
    };
  }
}
