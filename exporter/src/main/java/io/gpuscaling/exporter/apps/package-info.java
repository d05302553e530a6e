/**
 * What applications say of their own work: pages of the pods on this node, each read by a URL that
 * is made for the pod, and one number of each.
 */
@NullMarked
package io.gpuscaling.exporter.apps;

import org.jspecify.annotations.NullMarked;
