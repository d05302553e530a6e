package io.gpuscaling.core.lifecycle;

import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * What a program needs of the process that it runs in.
 *
 * @param onEnd asks for an action to run when the process is to end (SIGTERM, SIGINT, or an exit);
 *     the process ends when the action returns, whatever else runs
 * @param halt ends the process now, with this exit code, even from within an action of {@code
 *     onEnd}
 */
public record ProcessSignals(Consumer<Runnable> onEnd, IntConsumer halt) {

  /** Those of this JVM. */
  public static ProcessSignals ofJvm() {
    Runtime jvm = Runtime.getRuntime();
    return new ProcessSignals(
        action -> jvm.addShutdownHook(new Thread(action, "shutdown")), jvm::halt);
  }
}
