/** What reading many queues of a real broker costs, beside one passive declare for each request. */
@NullMarked
package io.gpuscaling.benchmarks.queues;

import org.jspecify.annotations.NullMarked;
