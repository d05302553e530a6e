package io.gpuscaling.core.lifecycle;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes what was started, last first. Each step runs even when one before it failed: the first
 * failure is thrown, the others are suppressed in it. Registering after {@link #close} closes the
 * thing at once, so that a half start unwinds itself. Safe for use by any thread; steps run on the
 * thread that closes.
 */
public final class Closer implements AutoCloseable {

  private static final Logger LOGGER = LoggerFactory.getLogger(Closer.class);

  private final Deque<AutoCloseable> steps = new ArrayDeque<>();
  private boolean closed;

  /**
   * Takes over a thing that is to be closed.
   *
   * @return the same thing
   * @throws IllegalStateException when this closer is closed already; the thing has been closed
   *     then
   */
  public <T extends AutoCloseable> T register(T step) {
    synchronized (this) {
      if (!closed) {
        steps.push(step);
        return step;
      }
    }
    var failure = new IllegalStateException("already closed");
    try {
      step.close();
    } catch (Exception e) {
      failure.addSuppressed(e);
    }
    throw failure;
  }

  /**
   * Takes over a part of a program, and says in the log when its close begins: the order of the end
   * can be read there, and the last line names the part that a close hangs in.
   *
   * @param part what the log calls it
   * @return the same thing
   * @throws IllegalStateException as {@link #register(AutoCloseable)}
   */
  public <T extends AutoCloseable> T register(String part, T step) {
    var _ =
        register(
            (AutoCloseable)
                () -> {
                  LOGGER.atInfo().addKeyValue("part", part).log("closing");
                  step.close();
                });
    return step;
  }

  /**
   * Closes everything, last first. Closing again does nothing. An interrupt does not stop the steps
   * that are left; it is handed on when all have run.
   *
   * @throws IllegalStateException when a step failed; the cause is the first failure, the others
   *     are suppressed in it
   */
  @Override
  public void close() {
    Exception first = null;
    boolean interrupted = false;
    for (AutoCloseable step = next(); step != null; step = next()) {
      try {
        step.close();
      } catch (Exception e) {
        interrupted |= e instanceof InterruptedException;
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (first != null) {
      throw new IllegalStateException(
          "not everything could be closed: " + first.getMessage(), first);
    }
  }

  private synchronized @Nullable AutoCloseable next() {
    closed = true;
    return steps.poll();
  }
}
