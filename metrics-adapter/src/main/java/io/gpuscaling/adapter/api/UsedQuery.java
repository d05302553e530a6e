package io.gpuscaling.adapter.api;

import java.util.Optional;

/**
 * A query of Prometheus that a policy refers to.
 *
 * @param name by which the policy does
 * @param problem why there is no number now, for people; nothing of the text of the query
 */
public record UsedQuery(String name, Optional<String> problem) {}
