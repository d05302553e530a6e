/** Label and field selectors: grammar, canonical text, matching. Pure. */
@NullMarked
package io.gpuscaling.adapter.api.selector;

import org.jspecify.annotations.NullMarked;
