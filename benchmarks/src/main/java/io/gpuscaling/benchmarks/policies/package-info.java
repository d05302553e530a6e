/** What many scaling policies cost one adapter. */
@NullMarked
package io.gpuscaling.benchmarks.policies;

import org.jspecify.annotations.NullMarked;
