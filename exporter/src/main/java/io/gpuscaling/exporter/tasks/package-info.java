/**
 * What several sources say of running tasks, side by side: which of them counts for a pod, and
 * where they contradict each other. Never a sum of sources.
 */
@NullMarked
package io.gpuscaling.exporter.tasks;

import org.jspecify.annotations.NullMarked;
