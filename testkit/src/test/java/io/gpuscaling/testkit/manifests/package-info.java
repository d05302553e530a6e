/** Tests. */
@NullMarked
package io.gpuscaling.testkit.manifests;

import org.jspecify.annotations.NullMarked;
