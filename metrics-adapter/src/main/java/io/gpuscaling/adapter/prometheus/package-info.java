/**
 * Results of PromQL for rules of policies: texts that the administrator wrote, named and granted,
 * asked of one Prometheus or of what answers as one.
 */
@NullMarked
package io.gpuscaling.adapter.prometheus;

import org.jspecify.annotations.NullMarked;
