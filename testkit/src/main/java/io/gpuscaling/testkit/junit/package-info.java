/** JUnit extensions that share a fixture between test classes. */
@NullMarked
package io.gpuscaling.testkit.junit;

import org.jspecify.annotations.NullMarked;
