/** What a request asks for, from its path, query and headers alone. Pure. */
@NullMarked
package io.gpuscaling.adapter.api.request;

import org.jspecify.annotations.NullMarked;
