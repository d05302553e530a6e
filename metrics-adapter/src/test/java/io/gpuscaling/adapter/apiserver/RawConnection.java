package io.gpuscaling.adapter.apiserver;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * A TLS connection on which a test may break every rule: bytes on HTTP/1.1, frames on HTTP/2. For
 * one thread that writes and one that reads.
 */
final class RawConnection implements AutoCloseable {

  static final int DATA = 0x0;
  static final int HEADERS = 0x1;
  static final int PRIORITY = 0x2;
  static final int RST_STREAM = 0x3;
  static final int SETTINGS = 0x4;
  static final int PUSH_PROMISE = 0x5;
  static final int PING = 0x6;
  static final int GOAWAY = 0x7;
  static final int WINDOW_UPDATE = 0x8;
  static final int CONTINUATION = 0x9;

  static final int END_STREAM = 0x1;
  static final int ACK = 0x1;
  static final int END_HEADERS = 0x4;

  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  private static final int MAX_FRAMES_READ = 1_000_000;

  private final SSLSocket socket;
  private final DataInputStream in;
  private final DataOutputStream out;
  private final DefaultHttp2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder();
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false);

  /** A frame as it came. */
  record Frame(int type, int flags, int stream, ByteBuf payload) {

    /** The error code of a GOAWAY or RST_STREAM. */
    long errorCode() {
      return payload.getUnsignedInt(type == GOAWAY ? 4 : 0);
    }

    /** What DATA carries. */
    String text() {
      return payload.toString(StandardCharsets.UTF_8);
    }
  }

  private RawConnection(SSLSocket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    this.out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
  }

  /** Speaks HTTP/1.1. */
  static RawConnection http1(ServerFixture fixture) throws IOException, GeneralSecurityException {
    return open(fixture, "http/1.1");
  }

  /** Speaks HTTP/2: preface and settings are sent. */
  static RawConnection http2(ServerFixture fixture) throws IOException, GeneralSecurityException {
    RawConnection connection = open(fixture, "h2");
    connection.out.write(PREFACE.getBytes(StandardCharsets.US_ASCII));
    connection.frame(SETTINGS, 0, 0, new byte[0]);
    return connection;
  }

  private static RawConnection open(ServerFixture fixture, String protocol)
      throws IOException, GeneralSecurityException {
    var plain = new Socket();
    plain.setTcpNoDelay(true);
    int timeout = (int) ServerFixture.TIMEOUT.toMillis();
    plain.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), fixture.port), timeout);
    plain.setSoTimeout(timeout);
    var socket =
        (SSLSocket) fixture.tls(null).getSocketFactory().createSocket(plain, "localhost", 0, true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {protocol});
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    if (!socket.getApplicationProtocol().equals(protocol)) {
      throw new IOException("negotiated " + socket.getApplicationProtocol());
    }
    return new RawConnection(socket);
  }

  /** Sends text, byte for byte. */
  void send(String latin1) throws IOException {
    out.write(latin1.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  /** What comes until the server closes. */
  String receiveAll() throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.UTF_8);
  }

  /** Writes a frame, which goes out with the next {@link #flush}. */
  void frame(int type, int flags, int stream, byte[] payload) throws IOException {
    frameHeader(type, flags, stream, payload.length);
    out.write(payload);
  }

  /** Writes what comes before a frame's payload. */
  void frameHeader(int type, int flags, int stream, int length) throws IOException {
    out.writeByte(length >> 16);
    out.writeShort(length);
    out.writeByte(type);
    out.writeByte(flags);
    out.writeInt(stream);
  }

  void flush() throws IOException {
    out.flush();
  }

  /** Writes the headers of a GET as a whole. */
  void get(int stream, String path, String... headers) throws IOException, Http2Exception {
    frame(HEADERS, END_HEADERS | END_STREAM, stream, block("GET", path, headers));
  }

  /** A block of headers; names and values are not looked at. */
  byte[] block(String method, String path, String... headers) throws Http2Exception {
    Http2Headers all =
        new DefaultHttp2Headers(false)
            .method(method)
            .scheme("https")
            .authority("localhost")
            .path(new AsciiString(path.getBytes(StandardCharsets.ISO_8859_1)));
    for (int i = 0; i < headers.length; i += 2) {
      all.add(headers[i], headers[i + 1]);
    }
    ByteBuf block = Unpooled.buffer();
    encoder.encodeHeaders(1, all, block);
    byte[] bytes = new byte[block.readableBytes()];
    block.readBytes(bytes);
    return bytes;
  }

  /** The next frame. */
  Frame read() throws IOException {
    int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
    int type = in.readUnsignedByte();
    int flags = in.readUnsignedByte();
    int stream = in.readInt();
    return new Frame(type, flags, stream, Unpooled.wrappedBuffer(in.readNBytes(length)));
  }

  /** The status that a HEADERS frame carries. Every one has to be read, in order. */
  int status(Frame headers) throws Http2Exception {
    return Integer.parseInt(
        String.valueOf(decoder.decodeHeaders(headers.stream(), headers.payload()).status()));
  }

  /** The next frame of a type; others are left out. */
  Frame await(int type) throws IOException {
    for (int i = 0; i < MAX_FRAMES_READ; i++) {
      Frame frame = read();
      if (frame.type == type) {
        return frame;
      }
    }
    throw new IOException("too many frames");
  }

  /** What comes until the server closes, or resets the connection. */
  List<Frame> awaitEnd() throws IOException {
    var frames = new ArrayList<Frame>();
    try {
      while (frames.size() < MAX_FRAMES_READ) {
        frames.add(read());
      }
    } catch (EOFException e) {
      return frames;
    } catch (IOException e) {
      if (e instanceof SocketTimeoutException) {
        throw e;
      }
      return frames; // reset, which is an end as well
    }
    throw new IOException("too many frames");
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // gone already
    }
  }
}
