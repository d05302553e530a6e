package io.gpuscaling.adapter.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.api.CustomItem;
import io.gpuscaling.adapter.api.DescribedObject;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.adapter.api.QueryResult;
import io.gpuscaling.policy.observe.BusyWorkers;
import java.time.Duration;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

/** What the busy floor is told. */
final class BusyWorkersTest {

  private static QueryResult<CustomItem> items(double... values) {
    return new QueryResult.Items<>(
        DoubleStream.of(values)
            .mapToObj(value ->
                new CustomItem(
                    new DescribedObject("apps/v1", "Deployment", "ai", "worker"),
                    value,
                    Duration.ZERO))
            .toList());
  }

  @Test
  void oneAnswer_isTheirNumber_roundedUp() {
    assertThat(PolicyObserver.busy(items(3), true)).isEqualTo(new BusyWorkers.Known(3));
    assertThat(PolicyObserver.busy(items(2.5), true)).isEqualTo(new BusyWorkers.Known(3));
  }

  @Test
  void noAnswer_isNobodyToProtect() {
    assertThat(PolicyObserver.busy(items(), true)).isEqualTo(new BusyWorkers.Untracked());
  }

  @Test
  void failure_isUnknownWhereWorkersAnnounceTasks_elseNobodyToProtect() {
    QueryResult<CustomItem> failed =
        new QueryResult.Failed<>(new QueryFailure.Unavailable("1 of 3 worker pods: p-1"));

    assertThat(PolicyObserver.busy(failed, true))
        .isEqualTo(new BusyWorkers.Unknown("1 of 3 worker pods: p-1"));
    assertThat(PolicyObserver.busy(failed, false)).isEqualTo(new BusyWorkers.Untracked());
  }
}
