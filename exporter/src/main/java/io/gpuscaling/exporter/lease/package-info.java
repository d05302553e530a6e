/** Task leases of workers: sessions, running tasks, and the gRPC service that takes them. */
@NullMarked
package io.gpuscaling.exporter.lease;

import org.jspecify.annotations.NullMarked;
