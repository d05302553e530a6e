/** When the windows of a schedule begin and end, in the time zones of people. */
@NullMarked
package io.gpuscaling.policy.schedule;

import org.jspecify.annotations.NullMarked;
