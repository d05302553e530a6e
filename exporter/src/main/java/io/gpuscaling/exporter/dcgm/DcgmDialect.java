package io.gpuscaling.exporter.dcgm;

/** Which names and units a page uses. */
public enum DcgmDialect {
  /** Lower-case names of the first exporter, still to be had by {@code --use-old-namespace}. */
  V1("1.x"),
  /** {@code DCGM_FI_*} in MiB, percent and MHz; also the aliases of DCGM 4.6. */
  V2_TO_4_8("2.x-4.8"),
  /** {@code DCGM_FI_*} in bytes, ratios, hertz and joules. */
  V4_9("4.9");

  private final String text;

  DcgmDialect(String text) {
    this.text = text;
  }

  /** For outputs: {@code 2.x-4.8}. */
  public String text() {
    return text;
  }

  static DcgmDialect byText(String text) {
    for (DcgmDialect dialect : values()) {
      if (dialect.text.equals(text)) {
        return dialect;
      }
    }
    throw new IllegalArgumentException("'" + text + "' is not a dialect");
  }
}
