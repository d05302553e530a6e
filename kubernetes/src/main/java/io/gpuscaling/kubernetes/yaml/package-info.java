/** Kubernetes objects in YAML text. */
@NullMarked
package io.gpuscaling.kubernetes.yaml;

import org.jspecify.annotations.NullMarked;
