/** Who calls and whether they may: chain of authenticators, authorizers, trust and caches. */
@NullMarked
package io.gpuscaling.adapter.auth;

import org.jspecify.annotations.NullMarked;
