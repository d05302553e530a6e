package io.gpuscaling.adapter.metrics;

import static io.gpuscaling.adapter.metrics.World.failure;
import static io.gpuscaling.adapter.metrics.World.items;
import static io.gpuscaling.adapter.metrics.World.sum;
import static io.gpuscaling.adapter.metrics.World.unavailable;
import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.api.ExternalItem;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.UnknownReason;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ExternalQueuesTest {

  private static final String READY = "rabbitmq_queue_messages_ready";
  private static final String AGE = "rabbitmq_queue_oldest_message_age_seconds";
  private static final String ALARMS = "rabbitmq_broker_alarms";
  private static final QueryFailure NOT_GRANTED =
      new QueryFailure.NotGranted(
          "namespace ns is not granted these queues (configuration key grants)");

  private final World world = new World();

  @Test
  void external_grantedQueues_areServedInOrder() {
    world.grantQueues("ns", "*", "*", "jobs*").grantQueues("ns", "default", "default", "mail");
    world
        .queueReader("one")
        .queue("mail", SampleValue.exact(1))
        .queue("jobs.b", SampleValue.exact(2))
        .queue("jobs.a", SampleValue.exact(3))
        .queue("secret", SampleValue.exact(100))
        .push();

    assertThat(items(world.external("ns", READY, "")))
        .extracting(item -> item.labels().get("queue") + "=" + item.value())
        .containsExactly("jobs.a=3.0", "jobs.b=2.0", "mail=1.0");
    assertThat(sum(world.external("ns", READY, "queue in (mail,jobs.a)"))).isEqualTo(4);
  }

  @Test
  void external_nothingGranted_isRefusedWhetherOrNotItExists() {
    assertThat(failure(world.external("ns", READY, "queue=jobs"))).isEqualTo(NOT_GRANTED);

    world.grantQueues("other", "*", "*", "*").grantNodes("ns");
    world.queueReader("one").queue("jobs", SampleValue.exact(1)).push();
    assertThat(failure(world.external("ns", READY, "queue=jobs"))).isEqualTo(NOT_GRANTED);
    assertThat(failure(world.external("ns", READY, "queue=none"))).isEqualTo(NOT_GRANTED);
    assertThat(sum(world.external("other", READY, "queue=jobs"))).isEqualTo(1);
  }

  @Test
  void external_anotherQueueGranted_refusesThisOne() {
    world.grantQueues("ns", "*", "*", "mail");
    world.queueReader("one").queue("jobs", SampleValue.exact(1)).push();

    assertThat(failure(world.external("ns", READY, "queue=jobs"))).isEqualTo(NOT_GRANTED);
  }

  @Test
  void external_everyNamespaceGranted_isServedToAll() {
    world.grantQueues("*", "*", "*", "*");
    world.queueReader("one").queue("jobs", SampleValue.exact(1)).push();

    assertThat(sum(world.external("anyone", READY, ""))).isEqualTo(1);
  }

  @Test
  void external_twoReadersOfOneBroker_areOneQueueAndTheYoungerCounts() {
    world.grantQueues("ns", "*", "*", "*");
    world.queueReader("one").queue("jobs", SampleValue.exact(7)).push().pass(Duration.ofSeconds(2));
    world.queueReader("two").queue("jobs", SampleValue.exact(9)).push();
    assertThat(items(world.external("ns", READY, "")))
        .extracting(ExternalItem::value)
        .containsExactly(9.0);

    // The one that knows counts, whichever that is.
    world.queueReader("one").queue("jobs", SampleValue.unknown(UnknownReason.MISSING)).push();
    assertThat(sum(world.external("ns", READY, ""))).isEqualTo(9);
    world.queueReader("one").queue("jobs", SampleValue.exact(5)).push();
    world.queueReader("two").queue("jobs", SampleValue.unknown(UnknownReason.MISSING)).push();
    assertThat(sum(world.external("ns", READY, ""))).isEqualTo(5);
  }

  @Test
  void external_queueWithASpace_isSelectedByItsAliasAndGrantedByItsName() {
    world.grantQueues("ns", "*", "*", "my jobs");
    world.queueReader("one").queue("my jobs", SampleValue.exact(7)).push();

    assertThat(items(world.external("ns", READY, "queue=my_jobs")))
        .singleElement()
        .satisfies(item -> assertThat(item.labels().get("queue")).isEqualTo("my_jobs"));
  }

  @Test
  void external_queuesThatASelectorCannotTellApart_areRefused() {
    world.grantQueues("ns", "*", "*", "*");
    world
        .queueReader("one")
        .queue("my jobs", SampleValue.exact(7))
        .queue("my_jobs", SampleValue.exact(2))
        .queue("mail", SampleValue.exact(1))
        .push();

    assertThat(failure(world.external("ns", READY, "queue=my_jobs")))
        .isInstanceOfSatisfying(
            QueryFailure.Ambiguous.class,
            failure -> assertThat(failure.sentence()).contains("my_jobs", "rename one"));
    assertThat(failure(world.external("ns", READY, ""))).isInstanceOf(QueryFailure.Ambiguous.class);
    assertThat(sum(world.external("ns", READY, "queue=mail"))).isEqualTo(1);
  }

  @Test
  void external_missingQueue_isUnavailableAndNeverZero() {
    world.grantQueues("ns", "*", "*", "*");
    world
        .queueReader("one")
        .queue("mail", SampleValue.exact(3))
        .queue("jobs", SampleValue.unknown(UnknownReason.MISSING))
        .push();

    assertThat(unavailable(world.external("ns", READY, "queue=jobs")))
        .isEqualTo("incomplete: 1 of 1 queues: jobs (it does not exist at its source)");
    assertThat(unavailable(world.external("ns", READY, "")))
        .startsWith("incomplete: 1 of 2 queues");
    assertThat(sum(world.external("ns", READY, "queue=mail"))).isEqualTo(3);
  }

  @Test
  void external_lowerBoundAndUnconfirmedZero_areNotServed() {
    world.grantQueues("ns", "*", "*", "*");
    world
        .queueReader("one")
        .queue("a", new SampleValue.Known(3, Exactness.LOWER_BOUND))
        .queue("b", SampleValue.unknown(UnknownReason.UNCONFIRMED))
        .push();

    assertThat(unavailable(world.external("ns", READY, "")))
        .isEqualTo(
            "incomplete: 2 of 2 queues: a (only a lower bound is known), b (a zero is not"
                + " confirmed yet)");
  }

  @Test
  void external_ageOfSeveralQueues_isRefusedAndOfOneServed() {
    world.grantQueues("ns", "*", "*", "*");
    world
        .queueReader("one")
        .queue(AGE, "a", new SampleValue.Known(30, Exactness.UPPER_BOUND))
        .queue(AGE, "b", SampleValue.exact(20))
        .push();

    assertThat(failure(world.external("ns", AGE, "")))
        .isEqualTo(
            new QueryFailure.Ambiguous(
                AGE + " does not add up and 2 series match; select one by the label queue"));
    assertThat(sum(world.external("ns", AGE, "queue=b"))).isEqualTo(20);
    // An upper bound may keep replicas that are not needed; it never takes any that are.
    assertThat(sum(world.external("ns", AGE, "queue=a"))).isEqualTo(30);
  }

  @Test
  void external_metricWhoseSourceIsNotConfigured_isUnavailableAndNotEmpty() {
    world.grantQueues("ns", "*", "*", "*");
    world.queueReader("one").queue("a", SampleValue.exact(3)).push();

    assertThat(unavailable(world.external("ns", "rabbitmq_queue_messages_unacked", "queue=a")))
        .isEqualTo(
            "no queue reader reports rabbitmq_queue_messages_unacked (configuration keys"
                + " rabbitmq.managementUrl, rabbitmq.prometheusUrls)");
  }

  @Test
  void external_brokersOwnSeries_areForThoseWhoMayReadAQueueOfIt() {
    world.grantQueues("ns", "default", "*", "jobs").grantQueues("other", "second", "*", "*");
    world
        .queueReader("one")
        .series(ALARMS, "rabbitmq/default", SampleValue.exact(1), "broker", "default")
        .push();

    assertThat(sum(world.external("ns", ALARMS, "broker=default"))).isEqualTo(1);
    assertThat(failure(world.external("other", ALARMS, "broker=default")))
        .isEqualTo(
            new QueryFailure.NotGranted(
                "namespace other is not granted these queues (configuration key grants)"));

    world
        .queueReader("one")
        .series(
            ALARMS,
            "rabbitmq/default",
            SampleValue.unknown(UnknownReason.NOT_REPORTED),
            "broker",
            "default")
        .push();
    assertThat(unavailable(world.external("ns", ALARMS, "")))
        .isEqualTo("incomplete: 1 of 1 queues: default (its source does not report it)");
  }

  @Test
  void external_stale_isUnavailable() {
    world.grantQueues("ns", "*", "*", "*");
    world
        .queueReader("one")
        .queue("jobs", SampleValue.exact(3))
        .push()
        .pass(Duration.ofSeconds(11));

    assertThat(unavailable(world.external("ns", READY, "queue=jobs")))
        .isEqualTo("incomplete: 1 of 1 queues: jobs (last observed 11 s ago)");
  }

  @Test
  void external_nothingMatches_isEmptyOnlyWhileEveryBrokerIsFresh() {
    world.grantQueues("ns", "*", "*", "*");
    assertThat(unavailable(world.external("ns", READY, "queue=jobs")))
        .isEqualTo("no queue reader has reported");

    world.queueReader("one").push();
    assertThat(items(world.external("ns", READY, "queue=jobs"))).isEmpty();

    world.pass(Duration.ofSeconds(11));
    assertThat(unavailable(world.external("ns", READY, "queue=jobs")))
        .isEqualTo("incomplete: 1 of 1 brokers: rabbitmq/default (last observed 11 s ago)");
  }

  @Test
  void external_brokerNeverRead_makesIncompleteWhatItMayHave() {
    world.grantQueues("ns", "*", "*", "*").grantQueues("only", "default", "*", "*");
    world.queueReader("one").starting("rabbitmq/second").queue("jobs", SampleValue.exact(3)).push();

    assertThat(unavailable(world.external("ns", READY, "queue=jobs")))
        .isEqualTo(
            "incomplete: 1 of 2 brokers: rabbitmq/second (its exporter has not observed it yet)");
    assertThat(sum(world.external("ns", READY, "broker=default"))).isEqualTo(3);
    assertThat(sum(world.external("only", READY, ""))).isEqualTo(3);

    // Another reader of it knows.
    world.queueReader("two").observed("rabbitmq/second").push();
    assertThat(sum(world.external("ns", READY, "queue=jobs"))).isEqualTo(3);
  }

  @Test
  void external_severalReadersOfABroker_theBestCounts() {
    world.grantQueues("ns", "*", "*", "*");
    world.queueReader("stale").push().pass(Duration.ofSeconds(11));
    world.queueReader("starting").starting("rabbitmq/default").push();
    assertThat(unavailable(world.external("ns", READY, "")))
        .isEqualTo("incomplete: 1 of 1 brokers: rabbitmq/default (last observed 11 s ago)");

    world.queueReader("fresh").push();
    assertThat(items(world.external("ns", READY, ""))).isEmpty();
  }

  @Test
  void external_brokerFailingAfterItWasRead_disturbsOnlyItsOwnQueues() {
    world.grantQueues("ns", "*", "*", "*");
    world.queueReader("one").observed("rabbitmq/second").push().pass(Duration.ofSeconds(11));
    world.queueReader("two").queue("jobs", SampleValue.exact(3)).push();

    assertThat(sum(world.external("ns", READY, "queue=jobs"))).isEqualTo(3);
  }

  @Test
  void external_namesThatLookAlikeInText_areTwoQueues() {
    world.grantQueues("ns", "*", "*", "*");
    world
        .queueReader("one")
        .series(READY, "rabbitmq/default", 1, "queue", "a\",vhost=\"b", "vhost", "c")
        .series(READY, "rabbitmq/default", 2, "queue", "a", "vhost", "b\",vhost=\"c")
        .push();

    assertThat(items(world.external("ns", READY, ""))).hasSize(2);
  }

  @Test
  void external_nodesNeverReportQueues() {
    world.grantQueues("ns", "*", "*", "*").node("gpu-1");
    world.exporter("gpu-1").series(READY, "rabbitmq/default", 9, "queue", "jobs").push();

    assertThat(unavailable(world.external("ns", READY, "")))
        .isEqualTo("no queue reader has reported");
  }

  @Test
  void external_clusterNotRead_servesQueuesAllTheSame() {
    world.unsynced().grantQueues("ns", "*", "*", "*");
    world.queueReader("one").queue("jobs", SampleValue.exact(3)).push();

    assertThat(sum(world.external("ns", READY, ""))).isEqualTo(3);
  }
}
