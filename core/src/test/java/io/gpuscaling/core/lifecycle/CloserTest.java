package io.gpuscaling.core.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CloserTest {

  private final List<String> closed = new ArrayList<>();
  private final Closer closer = new Closer();

  private AutoCloseable step(String name) {
    return () -> closed.add(name);
  }

  private AutoCloseable failing(String name, Exception failure) {
    return () -> {
      closed.add(name);
      throw failure;
    };
  }

  @Test
  void close_severalSteps_lastFirst() {
    closer.register(step("a"));
    closer.register(step("b"));
    closer.register(step("c"));
    closer.close();
    assertThat(closed).containsExactly("c", "b", "a");
  }

  @Test
  void register_namedPart_givesItBackAndClosesItInItsTurn() {
    AutoCloseable part = step("b");
    closer.register(step("a"));
    assertThat(closer.register("part b", part)).isSameAs(part);
    closer.register(step("c"));
    closer.close();
    assertThat(closed).containsExactly("c", "b", "a");
  }

  @Test
  void close_again_doesNothing() {
    closer.register(step("a"));
    closer.close();
    closer.close();
    assertThat(closed).containsExactly("a");
  }

  @Test
  void close_stepsFail_othersRunAndFirstIsThrown() {
    var second = new IOException("a failed");
    closer.register(failing("a", second));
    closer.register(step("b"));
    closer.register(failing("c", new IOException("c failed")));
    assertThatThrownBy(closer::close)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("not everything could be closed: c failed")
        .cause()
        .hasMessage("c failed")
        .hasSuppressedException(second);
    assertThat(closed).containsExactly("c", "b", "a");
    assertThatCode(closer::close).doesNotThrowAnyException();
  }

  @Test
  void close_interruptedInAStep_runsAllAndHandsTheInterruptOn() {
    closer.register(step("a"));
    closer.register(failing("b", new InterruptedException()));
    assertThatThrownBy(closer::close).isInstanceOf(IllegalStateException.class);
    assertThat(closed).containsExactly("b", "a");
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void register_afterClose_closesAtOnceAndThrows() {
    closer.close();
    assertThatThrownBy(() -> closer.register(step("late")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("already closed");
    assertThat(closed).containsExactly("late");
    assertThatThrownBy(() -> closer.register(failing("x", new IOException("x failed"))))
        .satisfies(thrown -> assertThat(thrown.getSuppressed()).hasSize(1));
  }

  @Test
  void register_fromAStep_isClosedToo() {
    closer.register(() -> {
      closed.add("outer");
      try {
        closer.register(step("inner"));
      } catch (IllegalStateException e) {
        closed.add("refused");
      }
    });
    closer.close();
    assertThat(closed).containsExactly("outer", "inner", "refused");
  }
}
