/** RFC 6455, 5.2: a message of text in one frame. */
const LAST_TEXT = 0x81;
const LONGEST_IN_BYTE = 125;
const IN_TWO_BYTES = 126;
const LONGEST_IN_TWO_BYTES = 65_535;
const IN_EIGHT_BYTES = 127;

/**
 * A message of a server as the bytes of a WebSocket frame: what a server sends is not masked, so the frame is the same
 * for every socket, and one buffer takes one write where a header and a payload take a list.
 */
export function textFrame(text: string): Buffer {
  const size = Buffer.byteLength(text);
  const at = size <= LONGEST_IN_BYTE ? 2 : size <= LONGEST_IN_TWO_BYTES ? 4 : 10;
  const frame = Buffer.allocUnsafe(at + size);
  frame[0] = LAST_TEXT;
  if (at === 2) frame[1] = size;
  else if (at === 4) {
    frame[1] = IN_TWO_BYTES;
    frame.writeUInt16BE(size, 2);
  } else {
    frame[1] = IN_EIGHT_BYTES;
    frame.writeBigUInt64BE(BigInt(size), 2);
  }
  frame.write(text, at);
  return frame;
}
