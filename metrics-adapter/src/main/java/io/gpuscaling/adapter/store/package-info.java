/** The newest samples of every exporter, as immutable snapshots behind one volatile read. */
@NullMarked
package io.gpuscaling.adapter.store;

import org.jspecify.annotations.NullMarked;
