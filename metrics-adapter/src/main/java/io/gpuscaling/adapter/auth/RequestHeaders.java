package io.gpuscaling.adapter.auth;

import java.util.List;
import java.util.Set;

/** The headers of one request. */
public interface RequestHeaders {

  /** Every value of a header, one for each line, in order; the name in any case. */
  List<String> values(String name);

  /** The names that there are, in whatever case they came. */
  Set<String> names();
}
