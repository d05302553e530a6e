package io.gpuscaling.exporter.nvml;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The codes of nvml.h, and what follows from them. */
class NvmlCodeTest {

  @ParameterizedTest
  @CsvSource({
    "0, false, ERROR",
    "1, true, ERROR",
    "2, false, ERROR",
    "3, false, ERROR",
    "4, false, NO_PERMISSION",
    "9, false, DRIVER_NOT_LOADED",
    "12, false, LIBRARY_MISSING",
    "13, false, SYMBOL_MISSING",
    "15, true, ERROR",
    "16, true, ERROR",
    "18, true, VERSION_MISMATCH",
    "999, true, ERROR",
  })
  void code_wantsAReloadOrNot_andIsAFailureOfARead(int code, boolean reload, NvmlFailure failure) {
    assertThat(NvmlCode.wantsReload(code)).isEqualTo(reload);
    assertThat(NvmlFailure.of(code)).isEqualTo(failure);
  }
}
