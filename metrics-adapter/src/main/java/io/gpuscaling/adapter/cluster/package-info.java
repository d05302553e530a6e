/** What the adapter asks of and watches in its cluster; the one place with the client library. */
@NullMarked
package io.gpuscaling.adapter.cluster;

import org.jspecify.annotations.NullMarked;
