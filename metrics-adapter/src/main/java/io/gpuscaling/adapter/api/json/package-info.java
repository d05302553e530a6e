/** Bodies of answers as bytes: value lists, Status, discovery, OpenAPI. Pure. */
@NullMarked
package io.gpuscaling.adapter.api.json;

import org.jspecify.annotations.NullMarked;
