package io.gpuscaling.demo;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.testkit.process.ProcessFailedException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** The program {@code gpuscaling-demo}. */
public final class Main {

  private static final int EXIT_OK = 0;
  private static final int EXIT_FAILED = 1;
  private static final int EXIT_USAGE = 2;
  private static final Duration END_TIMEOUT = Duration.ofSeconds(20);

  private Main() {}

  /**
   * Runs it.
   *
   * @param args the folder of the launchers, given by bin/gpuscaling-demo
   */
  public static void main(String[] args) {
    ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).setLevel(Level.ERROR);
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
    var ended = new CountDownLatch(1);
    endWithProcess(Thread.currentThread(), ended);
    int exitCode = run(Path.of(args[0]), System.getenv(), System.out);
    ended.countDown();
    System.exit(exitCode);
  }

  private static int run(Path bin, Map<String, String> environment, PrintStream out) {
    DemoSettings settings;
    try {
      settings = DemoSettings.of(bin, environment);
    } catch (IllegalArgumentException e) {
      out.println("gpuscaling-demo: " + e.getMessage());
      return EXIT_USAGE;
    }
    return run(settings, out);
  }

  /** The whole demo; everything that it began has ended when it returns its exit code. */
  static int run(DemoSettings settings, PrintStream out) {
    var world = new World(settings, InstantSource.system());
    try {
      DemoProgram.opening(settings.plan()).forEach(out::println);
      World.Running running = world.start();
      running.programs().described().forEach(line -> out.println("  started    " + line));
      return new DemoProgram(settings.plan(), running, out, Ticker.system()).run().isEmpty()
          ? EXIT_OK
          : EXIT_FAILED;
    } catch (InterruptedException e) {
      out.println("Interrupted: ending the programs.");
      return EXIT_FAILED;
    } catch (IOException | ProcessFailedException e) {
      out.println("FAILED: " + e.getMessage());
      return EXIT_FAILED;
    } finally {
      close(world, out);
    }
  }

  /** Ctrl-C: the main thread ends everything, and the process waits for it. */
  private static void endWithProcess(Thread main, CountDownLatch ended) {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  main.interrupt();
                  try {
                    var _ = ended.await(END_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                },
                "end-demo"));
  }

  private static void close(World world, PrintStream out) {
    var _ = Thread.interrupted(); // what is left to do waits for processes
    try {
      world.close();
    } catch (IllegalStateException e) {
      out.println("Not everything ended in order: " + e.getMessage());
    }
  }
}
