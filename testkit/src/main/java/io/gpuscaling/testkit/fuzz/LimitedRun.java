package io.gpuscaling.testkit.fuzz;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * Runs a fuzz target some thousand times on seeds that are cut, joined and changed at random, the
 * same each time: what every build does; {@code make fuzz} goes on for as long as it is told,
 * guided by coverage.
 */
public final class LimitedRun {

  private static final long SEED = 20_261_125;
  private static final int RUNS = 30_000;
  private static final int MAX_CHANGES = 6;

  private LimitedRun() {}

  /** A fuzz target: throws when it has found something. */
  @FunctionalInterface
  public interface Target {
    /** Takes one input. */
    void run(byte[] data);
  }

  /**
   * Runs a target.
   *
   * @param test the target's class; its seeds are where Jazzer looks for them, so that an input
   *     that has found something is kept by putting it there
   * @param method the method that Jazzer runs
   * @throws AssertionError with the input that found something, in the form of a Java string
   */
  public static void of(Target target, Class<?> test, String method) {
    var random = new SplittableRandom(SEED);
    List<byte[]> inputs = seeds(test, method);
    inputs.forEach(input -> run(target, input));
    for (int i = 0; i < RUNS; i++) {
      byte[] input = inputs.get(random.nextInt(inputs.size()));
      for (int changes = random.nextInt(1, MAX_CHANGES); changes > 0; changes--) {
        input = changed(input, inputs, random);
      }
      run(target, input);
    }
  }

  private static List<byte[]> seeds(Class<?> test, String method) {
    URL folder =
        Objects.requireNonNull(test.getResource(test.getSimpleName() + "Inputs/" + method));
    try (Stream<Path> files = Files.list(Path.of(folder.toURI())).sorted()) {
      var seeds = new ArrayList<byte[]>();
      for (Path file : files.toList()) {
        seeds.add(Files.readAllBytes(file));
      }
      return seeds;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void run(Target target, byte[] input) {
    try {
      target.run(input);
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError("found by " + shown(input), e);
    }
  }

  private static byte[] changed(byte[] input, List<byte[]> inputs, SplittableRandom random) {
    int at = random.nextInt(input.length + 1);
    int end = random.nextInt(at, Math.min(input.length, at + 8) + 1);
    byte[] other = inputs.get(random.nextInt(inputs.size()));
    int from = random.nextInt(other.length + 1);
    int to = random.nextInt(from, Math.min(other.length, from + 12) + 1);
    var out = new ByteArrayOutputStream();
    out.write(input, 0, at);
    switch (random.nextInt(5)) {
      case 0 -> out.write(random.nextInt(256));
      case 1 -> out.write(random.nextInt(' ', 0x7f));
      case 2 -> out.write(other, from, to - from);
      case 3 -> out.write(input, at, end - at); // twice, with what follows
      default -> {} // left out
    }
    int rest = random.nextBoolean() ? at : end;
    out.write(input, rest, input.length - rest);
    return out.toByteArray();
  }

  private static String shown(byte[] input) {
    var text = new StringBuilder("\"");
    for (byte b : input) {
      char c = (char) (b & 0xff);
      if (c == '"' || c == '\\') {
        text.append('\\').append(c);
      } else if (c < ' ' || c >= 0x7f) {
        text.append(String.format("\\u%04x", (int) c));
      } else {
        text.append(c);
      }
    }
    return text.append('"').toString();
  }
}
