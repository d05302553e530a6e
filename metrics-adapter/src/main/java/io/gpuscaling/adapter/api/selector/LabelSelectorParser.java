package io.gpuscaling.adapter.api.selector;

import io.gpuscaling.adapter.api.selector.LabelSelector.Parsed;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Reads one label selector; accepts and refuses what {@code k8s.io/apimachinery/pkg/labels} does.
 * For use by one thread, once.
 */
final class LabelSelectorParser {

  private final SelectorLexer lexer;
  private final List<Requirement> requirements = new ArrayList<>();

  private LabelSelectorParser(String text) {
    lexer = new SelectorLexer(text);
  }

  static Parsed parse(String text) {
    if (text.length() > LabelSelector.MAX_TEXT_LENGTH) {
      return new Parsed.Invalid(
          "the selector is longer than " + LabelSelector.MAX_TEXT_LENGTH + " characters");
    }
    try {
      return new Parsed.Valid(new LabelSelectorParser(text).selector());
    } catch (SyntaxError e) {
      return new Parsed.Invalid("unable to parse requirement: " + e.getMessage());
    }
  }

  private LabelSelector selector() throws SyntaxError {
    if (lexer.peek().kind() == SelectorLexer.Kind.END) {
      return LabelSelector.EVERYTHING;
    }
    while (true) {
      if (requirements.size() == LabelSelector.MAX_REQUIREMENTS) {
        throw new SyntaxError("more than " + LabelSelector.MAX_REQUIREMENTS + " requirements");
      }
      requirements.add(requirement());
      SelectorLexer.Token next = lexer.next();
      if (next.kind() == SelectorLexer.Kind.END) {
        return new LabelSelector(requirements);
      }
      if (next.kind() != SelectorLexer.Kind.COMMA) {
        throw SyntaxError.expected(next, "',' or 'end of string'");
      }
    }
  }

  private Requirement requirement() throws SyntaxError {
    SelectorLexer.Token token = lexer.next();
    boolean negated = token.kind() == SelectorLexer.Kind.NOT;
    if (negated) {
      token = lexer.next();
    }
    if (token.kind() != SelectorLexer.Kind.WORD) {
      throw SyntaxError.expected(token, "identifier");
    }
    String key = LabelSyntax.key(token.text());
    if (negated) {
      return new Requirement.DoesNotExist(key);
    }
    SelectorLexer.Kind next = lexer.peek().kind();
    if (next == SelectorLexer.Kind.END || next == SelectorLexer.Kind.COMMA) {
      return new Requirement.Exists(key);
    }
    return comparison(key, lexer.next());
  }

  private Requirement comparison(String key, SelectorLexer.Token operator) throws SyntaxError {
    return switch (operator.kind()) {
      case EQUAL -> new Requirement.Equal(key, value());
      case NOT_EQUAL -> new Requirement.NotEqual(key, value());
      case GREATER -> new Requirement.GreaterThan(key, bound());
      case LESS -> new Requirement.LessThan(key, bound());
      case WORD ->
          switch (operator.text()) {
            case "in" -> new Requirement.In(key, values());
            case "notin" -> new Requirement.NotIn(key, values());
            default -> throw unknownOperator(operator);
          };
      case NOT, COMMA, OPEN, CLOSE, END -> throw unknownOperator(operator);
    };
  }

  private static SyntaxError unknownOperator(SelectorLexer.Token token) {
    return SyntaxError.expected(token, "in, notin, =, ==, !=, gt, lt");
  }

  private String value() throws SyntaxError {
    SelectorLexer.Token token = lexer.peek();
    return switch (token.kind()) {
      case END, COMMA -> "";
      case WORD -> LabelSyntax.value(lexer.next().text());
      case NOT, EQUAL, NOT_EQUAL, GREATER, LESS, OPEN, CLOSE ->
          throw SyntaxError.expected(token, "identifier");
    };
  }

  private long bound() throws SyntaxError {
    String text = value();
    if (!Integers.isInteger(text)) {
      throw new SyntaxError(
          "'" + text + "': for 'Gt', 'Lt' operators, the value must be an integer");
    }
    return Long.parseLong(text);
  }

  /** A list in parentheses; an empty place in it is the empty value. */
  private SortedSet<String> values() throws SyntaxError {
    SelectorLexer.Token open = lexer.next();
    if (open.kind() != SelectorLexer.Kind.OPEN) {
      throw SyntaxError.expected(open, "'('");
    }
    var values = new TreeSet<String>();
    while (true) {
      if (lexer.peek().kind() == SelectorLexer.Kind.WORD) {
        values.add(LabelSyntax.value(lexer.next().text()));
      } else {
        values.add("");
      }
      SelectorLexer.Token next = lexer.next();
      if (next.kind() == SelectorLexer.Kind.CLOSE) {
        return values;
      }
      if (next.kind() != SelectorLexer.Kind.COMMA) {
        throw SyntaxError.expected(next, "',' or ')'");
      }
    }
  }
}
