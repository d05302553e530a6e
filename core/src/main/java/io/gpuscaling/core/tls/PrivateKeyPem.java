package io.gpuscaling.core.tls;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a private key from PEM in each of the forms that certificate tools write: PKCS#8, PKCS#1
 * (RSA), SEC1 (EC). The JDK reads the first only, so the others are wrapped into it.
 */
public final class PrivateKeyPem {

  private static final Pattern BLOCK =
      Pattern.compile(
          "-----BEGIN (|RSA |EC )PRIVATE KEY-----\\s*([A-Za-z0-9+/=\\s]+?)-----END \\1PRIVATE KEY-----");

  private static final int SEQUENCE = 0x30;
  private static final int OCTET_STRING = 0x04;
  private static final int EXPLICIT_PARAMETERS = 0xa0;
  private static final byte[] VERSION_ZERO = {0x02, 0x01, 0x00};

  /** rsaEncryption with its NULL parameters. */
  private static final byte[] RSA_ALGORITHM = {
    0x30,
    0x0d,
    0x06,
    0x09,
    0x2a,
    (byte) 0x86,
    0x48,
    (byte) 0x86,
    (byte) 0xf7,
    0x0d,
    0x01,
    0x01,
    0x01,
    0x05,
    0x00
  };

  /** id-ecPublicKey. */
  private static final byte[] EC_ALGORITHM = {
    0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x02, 0x01
  };

  private static final String[] ALGORITHMS = {"RSA", "EC", "EdDSA"};

  private PrivateKeyPem() {}

  /**
   * The first private key of a text.
   *
   * @throws GeneralSecurityException when there is none that can be read; the message has nothing
   *     of the text
   */
  public static PrivateKey parse(String pem) throws GeneralSecurityException {
    Matcher block = BLOCK.matcher(pem);
    if (!block.find()) {
      throw new InvalidKeySpecException(
          "no unencrypted private key in PEM (PKCS#8, PKCS#1 or SEC1)");
    }
    byte[] der;
    try {
      der = Base64.getMimeDecoder().decode(block.group(2));
    } catch (IllegalArgumentException e) {
      throw new InvalidKeySpecException("the private key is no base64");
    }
    try {
      return switch (block.group(1)) {
        case "RSA " -> key("RSA", wrap(RSA_ALGORITHM, der));
        case "EC " -> key("EC", wrap(tagged(SEQUENCE, EC_ALGORITHM, curve(der)), der));
        default -> ofAnyAlgorithm(der);
      };
    } catch (IndexOutOfBoundsException e) {
      throw new InvalidKeySpecException("the private key is cut off");
    }
  }

  private static PrivateKey ofAnyAlgorithm(byte[] pkcs8) throws GeneralSecurityException {
    for (String algorithm : ALGORITHMS) {
      try {
        return key(algorithm, pkcs8);
      } catch (InvalidKeySpecException e) {
        // of another algorithm, or of none: told below
      }
    }
    throw new InvalidKeySpecException("the private key is not RSA, EC or EdDSA, or is broken");
  }

  private static PrivateKey key(String algorithm, byte[] pkcs8) throws GeneralSecurityException {
    return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
  }

  private static byte[] wrap(byte[] algorithm, byte[] key) {
    return tagged(SEQUENCE, VERSION_ZERO, algorithm, tagged(OCTET_STRING, key));
  }

  /** The curve's identifier, which SEC1 keeps inside and PKCS#8 outside of the key. */
  private static byte[] curve(byte[] sec1) throws InvalidKeySpecException {
    int position = headerEnd(sec1, 0);
    while (position < sec1.length) {
      int start = headerEnd(sec1, position);
      int end = start + length(sec1, position);
      if ((sec1[position] & 0xff) == EXPLICIT_PARAMETERS) {
        return Arrays.copyOfRange(sec1, start, end);
      }
      position = end;
    }
    throw new InvalidKeySpecException("the EC private key does not name its curve");
  }

  private static int headerEnd(byte[] der, int position) {
    int first = der[position + 1] & 0xff;
    return position + 2 + (first < 0x80 ? 0 : first - 0x80);
  }

  private static int length(byte[] der, int position) {
    int first = der[position + 1] & 0xff;
    if (first < 0x80) {
      return first;
    }
    int length = 0;
    for (int i = position + 2; i < headerEnd(der, position); i++) {
      length = (length << Byte.SIZE) | (der[i] & 0xff);
    }
    return length;
  }

  private static byte[] tagged(int tag, byte[]... contents) {
    var content = new ByteArrayOutputStream();
    for (byte[] piece : contents) {
      content.writeBytes(piece);
    }
    var element = new ByteArrayOutputStream();
    element.write(tag);
    int length = content.size();
    if (length < 0x80) {
      element.write(length);
    } else if (length < 0x100) {
      element.write(0x81);
      element.write(length);
    } else {
      element.write(0x82);
      element.write(length >> Byte.SIZE);
      element.write(length);
    }
    element.writeBytes(content.toByteArray());
    return element.toByteArray();
  }
}
