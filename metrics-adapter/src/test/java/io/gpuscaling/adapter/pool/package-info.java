@NullMarked
package io.gpuscaling.adapter.pool;

import org.jspecify.annotations.NullMarked;
