package io.gpuscaling.cli;

import io.gpuscaling.cli.render.Doc;
import io.gpuscaling.cli.render.Page;
import io.gpuscaling.cli.render.Rendering;
import io.gpuscaling.core.config.GoDuration;
import io.gpuscaling.core.config.Parsed;
import io.gpuscaling.kubernetes.resource.Problem;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.kubernetes.yaml.YamlDocuments;
import java.io.Console;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** {@code gpuscaling render}. */
@Command(
    name = "render",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Draws what the API server answers about scaling policies as text of at most 80 columns: an"
          + " explanation, a ScalingPolicy, a list of them, a HorizontalPodAutoscaler, answers of"
          + " the metrics APIs. It reads JSON, one object after the other, holds no credentials and"
          + " asks nobody: kubectl gpuscaling reads with your own kubectl and draws by this.",
    })
final class RenderCommand implements Callable<Integer> {

  /** When colours are used. */
  enum Colours {
    auto,
    always,
    never
  }

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "0..*",
      paramLabel = "FILE",
      description = "JSON; - or none is standard input.")
  private List<Path> files = new ArrayList<>();

  @Option(
      names = "--at",
      paramLabel = "TIME",
      description = "The decision that held then, of those that are kept: 03:12, or RFC 3339.")
  private Optional<String> at = Optional.empty();

  @Option(
      names = "--since",
      paramLabel = "DURATION",
      description = "The decisions of so long, of those that are kept: 12h.")
  private Optional<String> since = Optional.empty();

  @Option(
      names = "--zone",
      paramLabel = "ZONE",
      description = "Of a time without an offset; that of this machine unless said otherwise.")
  private Optional<String> zone = Optional.empty();

  @Option(
      names = "--color",
      paramLabel = "auto|always|never",
      description = "Colours; auto, the default: on a terminal only.")
  private Colours colours = Colours.auto;

  /** How it is printed. */
  enum Output {
    table,
    yaml
  }

  @Option(
      names = {"-o", "--output"},
      paramLabel = "table|yaml",
      description = "yaml: what was read, as YAML. Default: table.")
  private Output output = Output.table;

  private final InputStream in;
  private final InstantSource clock;

  RenderCommand(InputStream in, InstantSource clock) {
    this.in = in;
    this.clock = clock;
  }

  @Override
  public Integer call() {
    Instant now = clock.instant();
    List<String> problems = new ArrayList<>();
    Rendering.Past past = past(now, problems);
    List<Doc> docs = docs(problems);
    if (!problems.isEmpty()) {
      return Gpuscaling.refuse(spec, problems);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (output == Output.yaml) {
      docs.forEach(it -> out.print(yaml(it)));
      out.flush();
      return Gpuscaling.EXIT_OK;
    }
    Page page = new Page(isColoured());
    if (!Rendering.draw(docs, past, page, now)) {
      return Gpuscaling.refuse(
          spec,
          List.of(
              "there is nothing to draw; an explanation, a ScalingPolicy, a list of them, a"
                  + " HorizontalPodAutoscaler or answers of the metrics APIs can be drawn"));
    }
    out.print(page.text());
    out.flush();
    return Gpuscaling.EXIT_OK;
  }

  private static String yaml(Doc doc) {
    Map<?, ?> tree = JsonMapper.builder().build().treeToValue(doc.node(), Map.class);
    Map<String, Object> object = new LinkedHashMap<>();
    tree.forEach((key, value) -> object.put(String.valueOf(key), value));
    return "---\n" + YamlDocuments.write(object);
  }

  private Rendering.Past past(Instant now, List<String> problems) {
    ZoneId here = ZoneId.systemDefault();
    if (zone.isPresent()) {
      try {
        here = ZoneId.of(zone.get());
      } catch (DateTimeException e) {
        problems.add("--zone " + zone.get() + ": must be a zone such as Europe/Berlin or UTC");
      }
    }
    Optional<Instant> held = Optional.empty();
    if (at.isPresent()) {
      held = PastMoment.parse(at.get(), now, here);
      if (held.isEmpty()) {
        problems.add("--at " + at.get() + ": " + PastMoment.ALLOWED);
      }
    }
    return new Rendering.Past(held, since.flatMap(it -> since(it, now, problems)));
  }

  private static Optional<Instant> since(String text, Instant now, List<String> problems) {
    return switch (GoDuration.parse(text)) {
      case Parsed.Value<Duration>(Duration span) ->
          Optional.of(now.minus(span).truncatedTo(ChronoUnit.SECONDS));
      case Parsed.Refused<Duration>(String why) -> {
        problems.add("--since " + text + ": " + why);
        yield Optional.empty();
      }
    };
  }

  private boolean isColoured() {
    return switch (colours) {
      case always -> true;
      case never -> false;
      case auto ->
          Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent()
              && System.getenv("NO_COLOR") == null;
    };
  }

  private List<Doc> docs(List<String> problems) {
    List<Doc> docs = new ArrayList<>();
    List<Path> sources = files.isEmpty() ? List.of(Path.of("-")) : files;
    for (Path file : sources) {
      boolean isPiped = file.toString().equals("-");
      Read<String> text = isPiped ? InputFiles.read(in) : InputFiles.read(file);
      Read<List<Doc>> read =
          switch (text) {
            case Read.Valid<String>(String it) -> JsonDocs.read(it);
            case Read.Invalid<String>(List<Problem> faults) -> new Read.Invalid<>(faults);
          };
      switch (read) {
        case Read.Valid<List<Doc>>(List<Doc> valid) -> docs.addAll(valid);
        case Read.Invalid<List<Doc>>(List<Problem> faults) ->
            faults.forEach(fault ->
                problems.add((isPiped ? "standard input" : file.toString()) + ": " + fault));
      }
    }
    return docs;
  }
}
