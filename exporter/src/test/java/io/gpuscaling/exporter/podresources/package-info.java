/** Tests of what the kubelet tells. */
@NullMarked
package io.gpuscaling.exporter.podresources;

import org.jspecify.annotations.NullMarked;
