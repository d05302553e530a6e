package io.gpuscaling.testkit.pki;

/** One subject alternative name of a certificate. */
public sealed interface SubjectName {

  /** A host name, such as {@code localhost}. */
  record Dns(String name) implements SubjectName {}

  /** An IPv4 or IPv6 address as text. */
  record Ip(String address) implements SubjectName {}

  /** A URI; mTLS names the node of an exporter by one. */
  record Uri(String uri) implements SubjectName {}
}
