/** What stands for the cluster where there is none. */
@NullMarked
package io.gpuscaling.adapter.standalone;

import org.jspecify.annotations.NullMarked;
