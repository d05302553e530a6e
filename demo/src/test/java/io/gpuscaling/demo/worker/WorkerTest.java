package io.gpuscaling.demo.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.demo.amqp.QueueDepth;
import io.gpuscaling.demo.queue.EmbeddedBroker;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class WorkerTest {

  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final Duration QUICK = Duration.ofMillis(5);
  private static final Duration LONG = Duration.ofMinutes(10);

  private final Queue<String> calls = new ConcurrentLinkedQueue<>();
  private final Queue<Boolean> busy = new ConcurrentLinkedQueue<>();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final Queue<String> gone = new ConcurrentLinkedQueue<>();
  private EmbeddedBroker queue;

  @BeforeEach
  void start() throws Exception {
    queue = EmbeddedBroker.start("jobs");
  }

  @AfterEach
  void stop() {
    queue.close();
  }

  /** Takes everything, nothing, or every other call. */
  private final class RecordingLeases implements LeaseCalls {
    private final Supplier<Result> results;

    RecordingLeases(Supplier<Result> results) {
      this.results = results;
    }

    private Result record(String call) {
      calls.add(call);
      return results.get();
    }

    @Override
    public Result renew(Collection<String> tasks) {
      return record("renew " + List.copyOf(tasks));
    }

    @Override
    public Result start(String task) {
      return record("start " + task);
    }

    @Override
    public Result end(String task) {
      return record("end " + task);
    }

    @Override
    public Result close() {
      return record("close");
    }
  }

  private Worker worker(LeaseCalls.Result result, Duration taskDuration) {
    return worker(() -> result, taskDuration);
  }

  private Worker worker(Supplier<LeaseCalls.Result> results, Duration taskDuration) {
    var worker =
        new Worker(
            new RecordingLeases(results),
            queue.subscribe(),
            taskDuration,
            QUICK,
            busy::add,
            failures::add,
            () -> gone.add("gone"));
    worker.start();
    return worker;
  }

  @Test
  void work_messages_eachLeasedOnceAndAcknowledged() throws Exception {
    queue.publish(2);
    Worker worker = worker(new LeaseCalls.Result.Done(), QUICK);
    Awaitility.await().atMost(DEADLINE).until(() -> calls.contains("end message-2"));
    worker.retire();
    assertThat(worker.awaitEnd(DEADLINE)).isTrue();
    assertThat(calls.stream().filter(call -> !call.startsWith("renew")))
        .containsExactly(
            "start message-1", "end message-1", "start message-2", "end message-2", "close");
    assertThat(busy).containsExactly(true, false, true, false);
    assertThat(queue.depth()).isEqualTo(new QueueDepth(0, 0));
    assertThat(gone).hasSize(1);
    assertThat(failures).isEmpty();
  }

  @Test
  void renew_runningTask_toldOf() throws Exception {
    queue.publish(1);
    Worker worker = worker(new LeaseCalls.Result.Done(), LONG);
    Awaitility.await().atMost(DEADLINE).until(() -> calls.contains("renew [message-1]"));
    assertThat(worker.hasEnded()).isFalse();
    worker.cancel();
    assertThat(worker.awaitEnd(DEADLINE)).isTrue();
    assertThat(worker.hasEnded()).isTrue();
  }

  @Test
  void retire_whileATaskRuns_finishesItAndGivesTheRestBack() throws Exception {
    queue.publish(4);
    Worker worker = worker(new LeaseCalls.Result.Done(), Duration.ofMillis(300));
    Awaitility.await().atMost(DEADLINE).until(() -> calls.contains("start message-1"));
    worker.retire();
    assertThat(worker.awaitEnd(DEADLINE)).isTrue();
    assertThat(calls).contains("end message-1").doesNotContain("start message-2");
    assertThat(queue.depth()).isEqualTo(new QueueDepth(3, 0));
  }

  @Test
  void cancel_whileATaskRuns_itsMessageGoesBack() throws Exception {
    queue.publish(1);
    Worker worker = worker(new LeaseCalls.Result.Done(), LONG);
    Awaitility.await().atMost(DEADLINE).until(() -> calls.contains("start message-1"));
    worker.cancel();
    assertThat(worker.awaitEnd(DEADLINE)).isTrue();
    assertThat(queue.depth()).isEqualTo(new QueueDepth(1, 0));
  }

  @Test
  void leases_everyOtherCallIsLate_isMadeGoodAndNotTold() throws Exception {
    queue.publish(2);
    var count = new AtomicInteger();
    Worker worker =
        worker(
            () ->
                count.incrementAndGet() % 2 == 0
                    ? new LeaseCalls.Result.Done()
                    : new LeaseCalls.Result.Failed("DEADLINE_EXCEEDED: late"),
            QUICK);
    Awaitility.await().atMost(DEADLINE).until(() -> calls.contains("end message-2"));
    worker.retire();
    assertThat(worker.awaitEnd(DEADLINE)).isTrue();
    assertThat(count).hasValueGreaterThan(4);
    assertThat(failures).isEmpty();
  }

  @Test
  void leases_refused_toldAndWorkGoesOn() throws Exception {
    queue.publish(1);
    Worker worker = worker(new LeaseCalls.Result.Failed("UNAVAILABLE: gone"), QUICK);
    Awaitility.await().atMost(DEADLINE).until(() -> calls.contains("end message-1"));
    worker.retire();
    assertThat(worker.awaitEnd(DEADLINE)).isTrue();
    assertThat(failures).contains("UNAVAILABLE: gone");
    assertThat(queue.depth()).isEqualTo(new QueueDepth(0, 0));
  }
}
