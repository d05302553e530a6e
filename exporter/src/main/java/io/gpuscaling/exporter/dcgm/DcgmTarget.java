package io.gpuscaling.exporter.dcgm;

import java.net.URI;

/** Which dcgm-exporter is to be read. */
public sealed interface DcgmTarget {

  /** The one at this address. */
  record Fixed(URI url) implements DcgmTarget {}

  /** The one whose pod runs on the own node, wherever that is now. */
  record OwnNode() implements DcgmTarget {}
}
