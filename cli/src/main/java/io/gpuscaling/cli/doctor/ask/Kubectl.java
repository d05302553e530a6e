package io.gpuscaling.cli.doctor.ask;

import io.gpuscaling.cli.doctor.Fact;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.json.JsonMapper;

/**
 * The caller's own kubectl, with whatever kubeconfig, plug-in and proxy it uses: no credential ever
 * enters this process. Each call is a process of its own that is ended at its deadline. Safe for
 * use by any thread.
 *
 * @param command the program, and the options that each call begins with
 * @param deadline longest time for one call
 */
public record Kubectl(List<String> command, Duration deadline) {

  /** Largest answer: 5,000 nodes are about 50 MB. */
  static final int MAX_ANSWER_BYTES = 256 << 20;

  private static final int MAX_MESSAGE_BYTES = 64 << 10;
  private static final int MAX_MESSAGE_CHARACTERS = 400;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** How kubectl writes a Status that is no success. */
  private static final Pattern SERVER_ERROR =
      Pattern.compile("Error from server(?: \\((\\w+)\\))?: (.*)", Pattern.DOTALL);

  private static final Pattern INVALID = Pattern.compile("The .* is invalid: .*", Pattern.DOTALL);

  /** Copies. */
  public Kubectl {
    command = List.copyOf(command);
  }

  /** Reads a path of the API. */
  public Fact get(String path) {
    return first(run(List.of("get", "--raw", path), ""));
  }

  /** Sends an object to a path of the API. */
  public Fact post(String path, String object) {
    return first(run(List.of("create", "--raw", path, "-f", "-"), object));
  }

  /**
   * Creates objects of reviews, which the API server answers and does not keep, all in one call.
   */
  public Answer review(String list) {
    return run(List.of("create", "--validate=false", "-o", "json", "-f", "-"), list);
  }

  /** What one call came to. */
  public sealed interface Answer {
    /** The documents that it printed. */
    record Documents(List<JsonNode> documents) implements Answer {}

    /** It printed none that count. */
    record None(Fact why) implements Answer {}
  }

  private static Fact first(Answer answer) {
    return switch (answer) {
      case Answer.None(Fact why) -> why;
      case Answer.Documents(List<JsonNode> documents) when documents.size() == 1 ->
          new Fact.Told(documents.getFirst());
      case Answer.Documents _ -> new Fact.Unreached("the answer could not be understood");
    };
  }

  private Answer run(List<String> arguments, String input) {
    List<String> whole = new ArrayList<>(command);
    whole.add("--request-timeout=" + deadline.toSeconds() + "s");
    whole.addAll(arguments);
    Process process;
    try {
      process = new ProcessBuilder(whole).start();
    } catch (IOException _) {
      return unreached("cannot start " + command.getFirst() + ": is it installed?");
    }
    try {
      return exchange(process, input);
    } catch (TimeoutException _) {
      return unreached("no answer within " + deadline.toSeconds() + " s");
    } catch (ExecutionException _) {
      return unreached(command.getFirst() + " ended in the middle of its answer");
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return unreached("interrupted");
    } finally {
      process.destroyForcibly();
    }
  }

  private Answer exchange(Process process, String input)
      throws InterruptedException, ExecutionException, TimeoutException {
    var out = new FutureTask<>(() -> bytes(process.getInputStream(), MAX_ANSWER_BYTES));
    var err = new FutureTask<>(() -> bytes(process.getErrorStream(), MAX_MESSAGE_BYTES));
    Thread.startVirtualThread(out);
    Thread.startVirtualThread(err);
    Thread.startVirtualThread(() -> write(process, input));
    // Its own time-out is for one request; credential plug-ins come before.
    if (!process.waitFor(deadline.plusSeconds(2).toMillis(), TimeUnit.MILLISECONDS)) {
      throw new TimeoutException();
    }
    String said = new String(err.get(1, TimeUnit.SECONDS), StandardCharsets.UTF_8).strip();
    byte[] answer = out.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
    if (process.exitValue() != 0) {
      return new Answer.None(failure(said));
    }
    try (MappingIterator<JsonNode> documents = JSON.readerFor(JsonNode.class).readValues(answer)) {
      return new Answer.Documents(documents.readAll());
    } catch (JacksonException _) {
      return unreached("the answer could not be understood");
    }
  }

  static Fact failure(String said) {
    Matcher matcher = SERVER_ERROR.matcher(said);
    if (matcher.find()) {
      String reason = matcher.group(1) == null ? "" : matcher.group(1);
      return switch (reason) {
        case "Forbidden" -> new Fact.Forbidden();
        case "NotFound" -> new Fact.Absent();
        case "ServiceUnavailable", "Timeout", "InternalError", "TooManyRequests" ->
            new Fact.Unreached("the API server: " + shortened(matcher.group(2)));
        default -> new Fact.Refused(shortened(matcher.group(2)));
      };
    }
    Matcher invalid = INVALID.matcher(said);
    return invalid.find()
        ? new Fact.Refused(shortened(invalid.group()))
        : new Fact.Unreached("kubectl: " + shortened(said));
  }

  private static void write(Process process, String input) {
    try (OutputStream to = process.getOutputStream()) {
      to.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException _) {
      // It ended first, and says why itself.
    }
  }

  private static byte[] bytes(InputStream from, int atMost) throws IOException {
    byte[] bytes = from.readNBytes(atMost);
    if (from.read() >= 0) {
      throw new IOException("larger than " + atMost + " bytes");
    }
    return bytes;
  }

  private static String shortened(String text) {
    String line = text.replaceAll("\\s+", " ").strip();
    return line.length() <= MAX_MESSAGE_CHARACTERS
        ? line
        : line.substring(0, MAX_MESSAGE_CHARACTERS) + "...";
  }

  private static Answer unreached(String why) {
    return new Answer.None(new Fact.Unreached(why));
  }
}
