package io.gpuscaling.core.metric;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Everything that one source says now. Immutable; a source publishes a new one after each try.
 *
 * @param source its name: {@code dcgm}, {@code lease}, {@code rabbitmq/default}
 * @param state how it stands; a series without a change of its own is as fresh as this
 * @param samples at most one for each series; those of the last complete observation while the
 *     source fails
 * @param findings what is wrong on the other side; those beyond {@link SourceFinding#MAX_FINDINGS}
 *     are left out
 */
public record SourceSnapshot(
    String source, SourceState state, List<Sample> samples, List<SourceFinding> findings) {

  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_./-]{0,63}");

  /** One that finds nothing wrong on the other side. */
  public SourceSnapshot(String source, SourceState state, List<Sample> samples) {
    this(source, state, samples, List.of());
  }

  /** Checks the name and copies the lists. */
  public SourceSnapshot {
    if (!NAME.matcher(source).matches()) {
      throw new IllegalArgumentException("'" + source + "' is not a source name");
    }
    samples = List.copyOf(samples);
    findings =
        List.copyOf(findings.subList(0, Math.min(findings.size(), SourceFinding.MAX_FINDINGS)));
  }
}
