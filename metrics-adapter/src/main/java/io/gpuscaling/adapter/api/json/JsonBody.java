package io.gpuscaling.adapter.api.json;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.ByteArrayBuilder;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.core.util.Separators;

/** Makes bytes of one JSON value, with a newline at its end as Kubernetes does. */
final class JsonBody {

  private static final JsonFactory FACTORY = new JsonFactory();
  private static final ObjectWriteContext COMPACT = ObjectWriteContext.empty();

  private JsonBody() {}

  static byte[] write(boolean isPretty, Consumer<JsonGenerator> content) {
    try (var bytes = new ByteArrayBuilder()) {
      try (JsonGenerator json =
          FACTORY.createGenerator(isPretty ? new Indented() : COMPACT, bytes)) {
        content.accept(json);
      }
      bytes.append('\n');
      return bytes.toByteArray();
    }
  }

  /** Two spaces for each level. A printer keeps its level, so each body has its own. */
  private static final class Indented extends ObjectWriteContext.Base {
    @Override
    public @Nullable PrettyPrinter getPrettyPrinter() {
      var lines = new DefaultIndenter("  ", "\n");
      var separators =
          Separators.createDefaultInstance()
              .withObjectNameValueSpacing(Separators.Spacing.AFTER)
              .withObjectEmptySeparator("")
              .withArrayEmptySeparator("");
      return new DefaultPrettyPrinter(separators)
          .withObjectIndenter(lines)
          .withArrayIndenter(lines);
    }
  }
}
