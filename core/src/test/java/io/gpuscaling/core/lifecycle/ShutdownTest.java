package io.gpuscaling.core.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ShutdownTest {

  private static final Duration GRACE = Duration.ofSeconds(20);

  private final List<String> events = new CopyOnWriteArrayList<>();
  private final CompletableFuture<Runnable> onEnd = new CompletableFuture<>();
  private final CompletableFuture<Integer> halted = new CompletableFuture<>();
  private final CountDownLatch never = new CountDownLatch(1);

  /** A process that ends when the test says so. */
  private final ProcessSignals process = new ProcessSignals(onEnd::complete, halted::complete);

  private final CountDownLatch started = new CountDownLatch(1);

  private class Program implements Component {
    @Override
    public void start() throws Exception {
      events.add("start");
      started.countDown();
    }

    @Override
    public void close() {
      events.add("close on " + Thread.currentThread().getName());
    }
  }

  @AfterEach
  void release() {
    never.countDown();
  }

  private static CompletableFuture<Integer> run(Shutdown shutdown, Component program) {
    var exitCode = new CompletableFuture<Integer>();
    Thread.ofPlatform().daemon().start(() -> exitCode.complete(shutdown.run(program)));
    return exitCode;
  }

  private static <T> T get(CompletableFuture<T> future) {
    return future.orTimeout(20, TimeUnit.SECONDS).join();
  }

  @Test
  void run_signal_closesThenHaltsWithZero() throws InterruptedException {
    var shutdown = new Shutdown(process, GRACE);
    CompletableFuture<Integer> exitCode = run(shutdown, new Program());
    assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(shutdown.isRequested()).isFalse();

    get(onEnd).run();

    assertThat(get(halted)).isEqualTo(Shutdown.EXIT_OK);
    assertThat(get(exitCode)).isEqualTo(Shutdown.EXIT_OK);
    assertThat(events).containsExactly("start", "close on close");
    assertThat(shutdown.isRequested()).isTrue();
  }

  @Test
  void run_stopFromInside_closesAndExitHookDoesNotHang() {
    var shutdown = new Shutdown(process, GRACE);
    shutdown.stop();
    assertThat(shutdown.run(new Program())).isEqualTo(Shutdown.EXIT_OK);
    get(onEnd).run();
    assertThat(get(halted)).isEqualTo(Shutdown.EXIT_OK);
  }

  @Test
  void run_failedInside_closesAndSaysSo() {
    var shutdown = new Shutdown(process, GRACE);
    shutdown.fail("listener died", new IOException("gone"));
    assertThat(shutdown.run(new Program())).isEqualTo(Shutdown.EXIT_FAILED);
    assertThat(events).containsExactly("start", "close on close");
  }

  @Test
  void run_startFails_closesWhatWasOpened() {
    var program =
        new Program() {
          @Override
          public void start() throws IOException {
            throw new IOException("port taken");
          }
        };
    assertThat(new Shutdown(process, GRACE).run(program)).isEqualTo(Shutdown.EXIT_FAILED);
    assertThat(events).containsExactly("close on close");
  }

  @Test
  void run_closeFails_isAFailure() {
    var program =
        new Program() {
          @Override
          public void close() {
            throw new IllegalStateException("stuck");
          }
        };
    var shutdown = new Shutdown(process, GRACE);
    shutdown.stop();
    assertThat(shutdown.run(program)).isEqualTo(Shutdown.EXIT_FAILED);
  }

  @Test
  void run_closeHangs_endsAtTheDeadline() {
    var program =
        new Program() {
          @Override
          public void close() {
            awaitNever();
          }
        };
    var shutdown = new Shutdown(process, Duration.ofMillis(50));
    shutdown.stop();
    assertThat(shutdown.run(program)).isEqualTo(Shutdown.EXIT_DEADLINE);
  }

  @Test
  void signal_startHangs_haltsAtTheDeadline() {
    var program =
        new Program() {
          @Override
          public void start() {
            awaitNever();
          }
        };
    var _ = run(new Shutdown(process, Duration.ofMillis(50)), program);
    get(onEnd).run();
    assertThat(get(halted)).isEqualTo(Shutdown.EXIT_DEADLINE);
  }

  @Test
  void run_interrupted_closesAndFails() {
    Thread.currentThread().interrupt();
    int exitCode = new Shutdown(process, GRACE).run(new Program());
    assertThat(Thread.interrupted()).isFalse();
    assertThat(exitCode).isEqualTo(Shutdown.EXIT_FAILED);
    assertThat(events).containsExactly("start", "close on close");
  }

  @Test
  void ofJvm_action_isRunByAThreadOfItsOwn() {
    // It runs when this JVM ends; that it does is what the real process below shows.
    ProcessSignals.ofJvm().onEnd().accept(() -> {});
    assertThat(halted).isNotDone();
  }

  private void awaitNever() {
    try {
      never.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The process of the test below. */
  static final class RealProgram {
    public static void main(String[] args) {
      var shutdown = new Shutdown(ProcessSignals.ofJvm(), GRACE);
      System.exit(shutdown.run(new Quiet()));
    }

    private static final class Quiet implements Component {
      @Override
      public void start() {
        // Says that it runs, for the test that waits for it.
        System.out.write('R');
        System.out.flush();
      }

      @Override
      public void close() {}
    }
  }

  @Test
  void realProcess_sigterm_exitsWithZeroAndPrintsOnlyItsLog() throws Exception {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                RealProgram.class.getName())
            .start();
    try {
      assertThat(child.getInputStream().read()).isEqualTo('R');
      assertThat(child.toHandle().destroy()).isTrue(); // unlike Process.destroy, keeps the streams
      assertThat(child.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(child.exitValue()).isEqualTo(Shutdown.EXIT_OK);
      String log = new String(child.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(log.lines())
          .satisfiesExactly(
              line -> assertThat(line).endsWith("INFO  core.lifecycle.Shutdown stopping"),
              line ->
                  assertThat(line).endsWith("INFO  core.lifecycle.Shutdown stopped exitCode=0"));
    } finally {
      child.destroyForcibly();
    }
  }
}
