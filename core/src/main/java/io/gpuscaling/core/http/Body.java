package io.gpuscaling.core.http;

import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** The body of one request, as far as it has come. For use by one event loop. */
final class Body {

  /** Of a request that may have none; no byte can be added. */
  static final Body NONE = new Body(0);

  private final int maxBytes;
  private final ByteArrayOutputStream received = new ByteArrayOutputStream(0);

  private Body(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** One that may become as long as this. */
  static Body upTo(int maxBytes) {
    return maxBytes == 0 ? NONE : new Body(maxBytes);
  }

  /**
   * Takes what has come.
   *
   * @return whether it is still not too long; nothing was taken when it is
   */
  boolean add(ByteBuf part) {
    int bytes = part.readableBytes();
    if (bytes > maxBytes - received.size()) {
      return false;
    }
    if (bytes > 0) {
      byte[] copy = new byte[bytes];
      part.getBytes(part.readerIndex(), copy);
      received.writeBytes(copy);
    }
    return true;
  }

  /** What has come, for reading. */
  ByteBuffer whole() {
    return ByteBuffer.wrap(received.toByteArray()).asReadOnlyBuffer();
  }
}
