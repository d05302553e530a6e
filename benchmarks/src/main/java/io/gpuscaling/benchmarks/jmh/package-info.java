/** What single calls cost, by JMH. */
@NullMarked
package io.gpuscaling.benchmarks.jmh;

import org.jspecify.annotations.NullMarked;
