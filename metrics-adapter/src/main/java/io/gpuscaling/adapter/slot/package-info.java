/**
 * Who owns the APIServices of the metrics APIs, and whether the cluster calls them available. One
 * API group can have one owner in a cluster; this keeps to its own and takes nothing that it was
 * not told to take.
 */
@NullMarked
package io.gpuscaling.adapter.slot;

import org.jspecify.annotations.NullMarked;
