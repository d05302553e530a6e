package io.gpuscaling.cli.doctor;

/**
 * What one check says of one thing.
 *
 * @param check that was made
 * @param verdict what came out
 * @param reason a sentence with the names and figures that it rests on; no secrets
 * @param fix what to do; empty where nothing is to be done
 */
public record Finding(CheckId check, Verdict verdict, String reason, String fix) {

  /** All is well. */
  public static Finding ok(CheckId check, String reason) {
    return new Finding(check, Verdict.OK, reason, "");
  }

  /** Something could be better. */
  public static Finding warning(CheckId check, String reason, String fix) {
    return new Finding(check, Verdict.WARNING, reason, fix);
  }

  /** Something is wrong. */
  public static Finding fault(CheckId check, String reason, String fix) {
    return new Finding(check, Verdict.FAULT, reason, fix);
  }

  /** It could not be looked at. */
  public static Finding unknown(CheckId check, String reason, String fix) {
    return new Finding(check, Verdict.UNKNOWN, reason, fix);
  }
}
