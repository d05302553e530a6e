package io.gpuscaling.adapter.ingest;

import io.gpuscaling.adapter.store.Contributor;
import java.net.URI;
import java.net.URISyntaxException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/**
 * Identifies exporters by client certificates: organization {@code gpuscaling:exporters} and
 * exactly one URI name, {@code gpuscaling://node/NAME} for the exporter of a node or {@code
 * gpuscaling://queues/NAME} for a queue reader. The TLS handshake has verified the chain. Pure.
 */
final class CertificateIdentities {

  /** The organization of exporters' certificates. */
  static final String ORGANIZATION = "gpuscaling:exporters";

  private static final String SCHEME = "gpuscaling";
  private static final int URI_NAME = 6; // GeneralName uniformResourceIdentifier, RFC 5280, 4.2.1.6

  private CertificateIdentities() {}

  static ExporterIdentity identify(X509Certificate certificate) {
    if (!organizations(certificate).contains(ORGANIZATION)) {
      return new ExporterIdentity.Forbidden(
          "the certificate is not one of the organization " + ORGANIZATION);
    }
    List<URI> names = new ArrayList<>();
    for (String name : uriNames(certificate)) {
      try {
        URI uri = new URI(name);
        if (SCHEME.equals(uri.getScheme())) {
          names.add(uri);
        }
      } catch (URISyntaxException e) {
        return new ExporterIdentity.Forbidden("the certificate has a URI name that is none");
      }
    }
    if (names.size() != 1) {
      return new ExporterIdentity.Forbidden(
          "the certificate must have exactly one URI name gpuscaling://...");
    }
    return contributor(names.getFirst())
        .<ExporterIdentity>map(it ->
            new ExporterIdentity.Known(it, Optional.of(certificate.getNotAfter().toInstant())))
        .orElseGet(() ->
            new ExporterIdentity.Forbidden(
                "the certificate's URI name must be gpuscaling://node/NAME or gpuscaling://queues/NAME"));
  }

  private static Optional<Contributor> contributor(URI uri) {
    String path = uri.getPath() == null ? "" : uri.getPath();
    boolean hasMore = uri.getRawQuery() != null || uri.getRawFragment() != null;
    if (path.length() < 2 || path.indexOf('/', 1) >= 0 || hasMore || uri.getAuthority() == null) {
      return Optional.empty();
    }
    String name = path.substring(1);
    return switch (uri.getAuthority()) {
      case "node" -> Optional.of(new Contributor.Node(name));
      case "queues" -> Optional.of(new Contributor.QueueReader(name));
      default -> Optional.empty();
    };
  }

  private static List<String> organizations(X509Certificate certificate) {
    try {
      List<String> organizations = new ArrayList<>();
      for (Rdn rdn : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
        if (rdn.getType().equalsIgnoreCase("O")) {
          organizations.add(rdn.getValue().toString());
        }
      }
      return organizations;
    } catch (InvalidNameException e) {
      return List.of();
    }
  }

  private static List<String> uriNames(X509Certificate certificate) {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      List<String> uris = new ArrayList<>();
      for (List<?> name : names == null ? List.<List<?>>of() : names) {
        if (Integer.valueOf(URI_NAME).equals(name.get(0))) {
          uris.add(String.valueOf(name.get(1)));
        }
      }
      return uris;
    } catch (CertificateParsingException e) {
      return List.of();
    }
  }
}
