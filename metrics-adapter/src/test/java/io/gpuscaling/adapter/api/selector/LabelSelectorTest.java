package io.gpuscaling.adapter.api.selector;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.api.selector.LabelSelector.Parsed;
import io.gpuscaling.core.metric.Labels;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LabelSelectorTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "x=a,y=b,z=c | x=a,y=b,z=c",
        "\"\" | \"\"",
        "\" \t\r\n\" | \"\"",
        "x!=a,y=b | x!=a,y=b",
        "x= | x=",
        "\"x= ,z= \" | x=,z=",
        "!x | !x",
        "\"! x\" | !x",
        "x>1,z<5 | x>1,z<5",
        "\"x in (foo,,baz),y,z notin ()\" | \"x in (,baz,foo),y,z notin ()\"",
        "\"x in (,a)\" | \"x in (,a)\"",
        "\"x in (a,)\" | \"x in (,a)\"",
        "\"x in(b,a)\" | \"x in (a,b)\"",
        "notin=in | notin=in",
        "\"in in (in)\" | \"in in (in)\"",
        "x==a | x=a",
        "z=1,a=2 | a=2,z=1",
        "a=2,a=1 | a=1,a=2",
        "app.kubernetes.io/name=Web_1.0 | app.kubernetes.io/name=Web_1.0",
        "\"app=shop,tier in (a,b)\" | \"app=shop,tier in (a,b)\"",
      })
  void parse_valid_hasCanonicalText(String text, String canonical) {
    LabelSelector selector = valid(text);

    assertThat(selector).hasToString(canonical);
    assertThat(valid(canonical)).isEqualTo(selector);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x=a||y=b",
        "x==a==b",
        "!x=a",
        "x<a",
        "x>",
        "x>1.5",
        "x>99999999999999999999",
        "x in a",
        "x in (a",
        "x in",
        "x in (a b)",
        "x in (a=b)",
        ",x",
        "x,",
        "x,,y",
        "x y",
        "!",
        "!!x",
        "!,x",
        "=a",
        "x=(a)",
        "x)",
        "x=a/b",
        "x=a:b",
        "x=-a",
        "x=a-",
        "x>-5",
        "__x__=a",
        "-x",
        "a/b/c",
        "/x",
        "A.b/x",
        "a..b/x",
        "x/",
        "x in (a/b)",
      })
  void parse_invalid_saysWhatIsWrong(String text) {
    assertThat(LabelSelector.parse(text))
        .isInstanceOfSatisfying(
            Parsed.Invalid.class, invalid -> assertThat(invalid.message()).isNotBlank());
  }

  @Test
  void parse_atLengthLimits_isValidOneBeyondIsNot() {
    String name = "a".repeat(63);
    String prefix = ("a".repeat(62) + ".").repeat(4) + "a";
    assertThat(prefix).hasSize(253);

    assertThat(valid(prefix + "/" + name + "=" + name).requirements()).hasSize(1);
    assertInvalid(name + "a=x");
    assertInvalid("x=" + name + "a");
    assertInvalid(prefix + "a/x");
  }

  @Test
  void parse_moreThanAllowed_isInvalid() {
    String most = "k,".repeat(LabelSelector.MAX_REQUIREMENTS - 1) + "k";

    assertThat(valid(most).requirements()).hasSize(LabelSelector.MAX_REQUIREMENTS);
    assertInvalid(most + ",k");
    assertInvalid("k" + " ".repeat(LabelSelector.MAX_TEXT_LENGTH));
  }

  @Test
  void parse_longGarbage_answersInShort() {
    String garbage = "x=" + "!".repeat(1000) + "-".repeat(10_000);

    assertThat(((Parsed.Invalid) LabelSelector.parse(garbage)).message()).hasSizeLessThan(300);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        // selector | queue=jobs,n=7,word=abc | no labels
        "\"\" | true | true",
        "queue=jobs | true | false",
        "queue= | false | false",
        "queue!=jobs | false | true",
        "queue!=other | true | true",
        "\"queue in (jobs,x)\" | true | false",
        "\"queue in ()\" | false | false",
        "\"queue notin (jobs)\" | false | true",
        "queue | true | false",
        "!queue | false | true",
        "n>6 | true | false",
        "n>7 | false | false",
        "n<8 | true | false",
        "n<7 | false | false",
        "word>1 | false | false",
        "word<1 | false | false",
        "\"queue=jobs,n<7\" | false | false",
      })
  void matches_everyOperator_asKubernetes(String text, boolean labelled, boolean bare) {
    LabelSelector selector = valid(text);

    assertThat(selector.matches(Labels.of("queue", "jobs", "n", "7", "word", "abc")))
        .isEqualTo(labelled);
    assertThat(selector.matches(Map.of())).isEqualTo(bare);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "+", "-", "1a", "٣", "1 ", "9223372036854775808"})
  void matches_labelThatIsNoInteger_isNotGreaterOrLess(String label) {
    assertThat(valid("n>0").matches(Map.of("n", label))).isFalse();
    assertThat(valid("n<9").matches(Map.of("n", label))).isFalse();
  }

  @Test
  void matches_signedLabel_isCompared() {
    assertThat(valid("n<9").matches(Map.of("n", "-5"))).isTrue();
    assertThat(valid("n>4").matches(Map.of("n", "+5"))).isTrue();
  }

  private static LabelSelector valid(String text) {
    return switch (LabelSelector.parse(text)) {
      case Parsed.Valid(LabelSelector selector) -> selector;
      case Parsed.Invalid(String message) -> throw new AssertionError(text + ": " + message);
    };
  }

  private static void assertInvalid(String text) {
    assertThat(LabelSelector.parse(text)).isInstanceOf(Parsed.Invalid.class);
  }
}
