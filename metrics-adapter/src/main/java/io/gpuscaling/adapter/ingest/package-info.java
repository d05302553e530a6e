/** Receives the streams of the exporters: who they are, what they may say, what they say. */
@NullMarked
package io.gpuscaling.adapter.ingest;

import org.jspecify.annotations.NullMarked;
