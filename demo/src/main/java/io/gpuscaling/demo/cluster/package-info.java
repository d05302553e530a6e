/** What stands for the Kubernetes API server: it reviews the tokens of simulated pods. */
@NullMarked
package io.gpuscaling.demo.cluster;

import org.jspecify.annotations.NullMarked;
