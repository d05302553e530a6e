package io.gpuscaling.exporter.nvml;

/** The return codes of the library that mean something to us ({@code nvmlReturn_t}, nvml.h). */
final class NvmlCode {

  static final int SUCCESS = 0;
  static final int UNINITIALIZED = 1;
  static final int INVALID_ARGUMENT = 2;
  static final int NOT_SUPPORTED = 3;
  static final int NO_PERMISSION = 4;
  static final int NOT_FOUND = 6;

  /** The count has been raised to what is needed. */
  static final int INSUFFICIENT_SIZE = 7;

  static final int DRIVER_NOT_LOADED = 9;
  static final int LIBRARY_NOT_FOUND = 12;
  static final int FUNCTION_NOT_FOUND = 13;
  static final int GPU_IS_LOST = 15;
  static final int RESET_REQUIRED = 16;
  static final int VERSION_MISMATCH = 18;
  static final int UNKNOWN = 999;

  private NvmlCode() {}

  /** Whether the library wants to be initialised anew before it says something right again. */
  static boolean wantsReload(int code) {
    return switch (code) {
      case UNINITIALIZED, GPU_IS_LOST, RESET_REQUIRED, VERSION_MISMATCH, UNKNOWN -> true;
      default -> false;
    };
  }
}
