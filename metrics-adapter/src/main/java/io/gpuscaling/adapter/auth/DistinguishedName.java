package io.gpuscaling.adapter.auth;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * The subject of a certificate, read from its DER: a text form can be made to say something else,
 * and Kubernetes goes by the order in the certificate.
 *
 * @param commonName the last common name, as Go takes it; empty when there is none
 * @param organizations in order
 * @param uid the user id of Kubernetes; empty when there is none
 */
record DistinguishedName(String commonName, List<String> organizations, String uid) {

  private static final String COMMON_NAME = "550403";
  private static final String ORGANIZATION = "55040a";

  /** 1.3.6.1.4.1.57683.2. */
  private static final String KUBERNETES_UID = "2b0601040183c25302";

  private static final int SEQUENCE = 0x30;
  private static final int SET = 0x31;
  private static final int OBJECT_IDENTIFIER = 0x06;
  private static final int UTF8_STRING = 0x0c;
  private static final int BMP_STRING = 0x1e;
  private static final int NUMERIC_STRING = 0x12;
  private static final int PRINTABLE_STRING = 0x13;
  private static final int TELETEX_STRING = 0x14;
  private static final int IA5_STRING = 0x16;
  private static final int LONG_LENGTH = 0x80;
  private static final int MAX_LENGTH_BYTES = 3;

  /** The subject of a certificate, whose name the JDK has parsed and encoded already. */
  static DistinguishedName ofSubject(X509Certificate certificate) {
    return parse(certificate.getSubjectX500Principal().getEncoded());
  }

  static DistinguishedName parse(byte[] der) {
    String commonName = "";
    String uid = "";
    var organizations = new ArrayList<String>();
    ByteBuffer names = content(ByteBuffer.wrap(der), SEQUENCE);
    while (names.hasRemaining()) {
      ByteBuffer set = content(names, SET);
      while (set.hasRemaining()) {
        ByteBuffer attribute = content(set, SEQUENCE);
        byte[] type = bytes(content(attribute, OBJECT_IDENTIFIER));
        String value = text(attribute);
        switch (HexFormat.of().formatHex(type)) {
          case COMMON_NAME -> commonName = value;
          case ORGANIZATION -> organizations.add(value);
          case KUBERNETES_UID -> uid = value;
          default -> {} // no part of an identity
        }
      }
    }
    return new DistinguishedName(commonName, List.copyOf(organizations), uid);
  }

  /** A string of a kind that names are made of; empty for any other. */
  private static String text(ByteBuffer from) {
    int tag = from.get(from.position()) & 0xff;
    byte[] bytes = bytes(content(from, tag));
    return switch (tag) {
      case UTF8_STRING -> new String(bytes, StandardCharsets.UTF_8);
      case BMP_STRING -> new String(bytes, StandardCharsets.UTF_16BE);
      case NUMERIC_STRING, PRINTABLE_STRING, TELETEX_STRING, IA5_STRING ->
          new String(bytes, StandardCharsets.ISO_8859_1);
      default -> "";
    };
  }

  /** The content of the element that comes next, which must have this tag. */
  private static ByteBuffer content(ByteBuffer from, int tag) {
    if ((from.get() & 0xff) != tag) {
      throw new IllegalArgumentException("not a distinguished name");
    }
    int length = from.get() & 0xff;
    if (length >= LONG_LENGTH) {
      int count = length - LONG_LENGTH;
      if (count < 1 || count > MAX_LENGTH_BYTES) {
        throw new IllegalArgumentException("not a distinguished name");
      }
      length = 0;
      for (int i = 0; i < count; i++) {
        length = (length << Byte.SIZE) | (from.get() & 0xff);
      }
    }
    ByteBuffer content = from.slice(from.position(), length);
    from.position(from.position() + length);
    return content;
  }

  private static byte[] bytes(ByteBuffer from) {
    byte[] bytes = new byte[from.remaining()];
    from.get(bytes);
    return bytes;
  }
}
