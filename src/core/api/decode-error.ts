/** Bytes that are not the message they should be: cut short, a varint over 64 bits, a wrong wire type, text that is not UTF-8. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}
