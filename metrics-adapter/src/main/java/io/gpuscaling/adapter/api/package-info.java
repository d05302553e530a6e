/**
 * What the two metrics APIs are asked and what they answer; the port that the metrics side fills.
 */
@NullMarked
package io.gpuscaling.adapter.api;

import org.jspecify.annotations.NullMarked;
