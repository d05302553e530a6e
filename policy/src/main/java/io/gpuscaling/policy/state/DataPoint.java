package io.gpuscaling.policy.state;

import io.gpuscaling.policy.observe.Exactness;
import java.time.Instant;

/** One distinct observation of a rule's metric. */
public record DataPoint(Instant observedAt, double value, Exactness exactness) {}
