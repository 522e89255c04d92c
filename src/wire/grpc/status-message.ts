/** `grpc-message`: UTF-8, with all but printable ASCII percent-encoded. Source: gRPC over HTTP/2, "Status-Message". */

const PLAIN = /^[\x20-\x24\x26-\x7e]*$/;
const ESCAPED = /%([0-9a-fA-F]{2})/;
/** A longer message would not fit a peer's header list. */
const MAX_BYTES = 4096;

export function encodeStatusMessage(message: string): string {
  if (PLAIN.test(message) && message.length <= MAX_BYTES && message.trim() === message) return message;
  let text = '';
  const bytes = Buffer.from(message, 'utf8').subarray(0, MAX_BYTES);
  bytes.forEach((byte, i) => {
    const edge = byte === 0x20 && (i === 0 || i === bytes.length - 1);
    const plain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25 && !edge;
    text += plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  });
  return text;
}

/** What is not a valid escape stands for itself; what is not valid UTF-8 becomes U+FFFD. */
export function decodeStatusMessage(text: string): string {
  if (!ESCAPED.test(text)) return Buffer.from(text, 'latin1').toString('utf8');
  const bytes = Buffer.alloc(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const escape = text[i] === '%' ? ESCAPED.exec(text.slice(i, i + 3)) : null;
    if (escape !== null) i += 2;
    bytes[length++] = escape === null ? text.charCodeAt(i) : parseInt(escape[1]!, 16);
  }
  return bytes.toString('utf8', 0, length);
}
