package io.gpuscaling.kubernetes.election;

import java.time.Duration;
import java.time.Instant;

/**
 * What a Lease ({@code coordination.k8s.io/v1}) says. Its instants are for people: nobody compares
 * clocks of two machines.
 *
 * @param holder who holds it; empty for nobody
 * @param duration for how long it is held after each renewal, whole seconds
 * @param acquiredAt since when, by the holder's clock
 * @param renewedAt the last renewal, by the holder's clock
 * @param transitions how often the holder has changed
 */
public record LeaseRecord(
    String holder, Duration duration, Instant acquiredAt, Instant renewedAt, int transitions) {}
