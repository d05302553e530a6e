/** The HTTPS server: connections, TLS, limits, and the order in which a request is served. */
@NullMarked
package io.gpuscaling.adapter.apiserver;

import org.jspecify.annotations.NullMarked;
