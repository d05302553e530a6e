package io.gpuscaling.cli;

import io.gpuscaling.core.config.ProgramAbout;
import io.gpuscaling.core.config.ProgramStreams;
import java.util.List;

/** The command {@code gpuscaling}. */
public final class Main {

  private Main() {}

  /** Runs it. */
  public static void main(String[] args) {
    ProgramStreams streams = ProgramStreams.ofProcess();
    var about = ProgramAbout.of("gpuscaling", "Scaling policies without a cluster.", Main.class);
    int exitCode = new Gpuscaling(about, streams).execute(List.of(args));
    streams.out().flush();
    System.exit(exitCode);
  }
}
