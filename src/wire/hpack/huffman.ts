/** Huffman coding of header strings: decoding four bits at a step through a table, encoding by shifting bits out. */
import { EOS, HUFFMAN_CODES, HUFFMAN_LENGTHS } from './huffman-code.ts';

/** Each step: the next state in the low 16 bits, a symbol in the next 8, and these flags. */
const EMITS = 1 << 24;
const FAILS = 1 << 25;

const { steps: STEPS, mayEnd: MAY_END } = buildDecoder();

/**
 * The bytes of `source[start, end)` decoded into `into`, which must have room for 8/5 of them; returns the count, or -1
 * if they are not a valid encoding (EOS inside, or padding that is not up to seven ones).
 */
export function huffmanDecode(source: Uint8Array, start: number, end: number, into: Uint8Array): number {
  let state = 0;
  let written = 0;
  for (let i = start; i < end; i++) {
    const byte = source[i]!;
    let step = STEPS[(state << 4) | (byte >> 4)]!;
    if (step & FAILS) return -1;
    if (step & EMITS) into[written++] = (step >> 16) & 0xff;
    step = STEPS[((step & 0xffff) << 4) | (byte & 15)]!;
    if (step & FAILS) return -1;
    if (step & EMITS) into[written++] = (step >> 16) & 0xff;
    state = step & 0xffff;
  }
  return MAY_END[state] === 1 ? written : -1;
}

/** Bytes that `text` (one byte a character) takes when encoded. */
export function huffmanLength(text: string): number {
  let bits = 0;
  for (let i = 0; i < text.length; i++) bits += HUFFMAN_LENGTHS[text.charCodeAt(i)]!;
  return (bits + 7) >> 3;
}

/** Encodes `text` at `offset`; returns the offset behind it. */
export function huffmanEncode(text: string, into: Uint8Array, offset: number): number {
  let pending = 0;
  let pendingBits = 0;
  for (let i = 0; i < text.length; i++) {
    const symbol = text.charCodeAt(i);
    const code = HUFFMAN_CODES[symbol]!;
    // A code has at most 30 bits and up to 7 wait: shift it out in pieces that keep within 32.
    for (let left = HUFFMAN_LENGTHS[symbol]!; left > 0;) {
      const take = Math.min(left, 8 - pendingBits);
      left -= take;
      pending = (pending << take) | ((code >>> left) & ((1 << take) - 1));
      pendingBits += take;
      if (pendingBits === 8) {
        into[offset++] = pending;
        pending = 0;
        pendingBits = 0;
      }
    }
  }
  if (pendingBits > 0) into[offset++] = (pending << (8 - pendingBits)) | (0xff >> pendingBits);
  return offset;
}

/** A state is an inner node of the code's tree; from each, every four bits lead to another, past at most one symbol. */
function buildDecoder(): { steps: Uint32Array; mayEnd: Uint8Array } {
  // children[2 * node + bit]: another node, or -1 - symbol.
  const children: number[] = [0, 0];
  for (let symbol = 0; symbol <= EOS; symbol++) {
    let node = 0;
    for (let bit = HUFFMAN_LENGTHS[symbol]! - 1; bit >= 0; bit--) {
      const slot = 2 * node + ((HUFFMAN_CODES[symbol]! >>> bit) & 1);
      if (bit === 0) children[slot] = -1 - symbol;
      else if (children[slot] === 0) {
        node = children.length / 2;
        children[slot] = node;
        children.push(0, 0);
      } else node = children[slot]!;
    }
  }
  const nodes = children.length / 2;
  const steps = new Uint32Array(nodes * 16);
  for (let node = 0; node < nodes; node++) {
    for (let nibble = 0; nibble < 16; nibble++) steps[(node << 4) | nibble] = walk(children, node, nibble);
  }
  // Padding is the start of EOS: all ones, at most seven of them.
  const mayEnd = new Uint8Array(nodes);
  for (let node = 0, ones = 0; ones <= 7; ones++) {
    mayEnd[node] = 1;
    node = children[2 * node + 1]!;
  }
  return { steps, mayEnd };
}

function walk(children: readonly number[], node: number, nibble: number): number {
  let emitted = 0;
  for (let bit = 3; bit >= 0; bit--) {
    const next = children[2 * node + ((nibble >> bit) & 1)]!;
    if (next >= 0) {
      node = next;
      continue;
    }
    const symbol = -1 - next;
    if (symbol === EOS) return FAILS;
    emitted = EMITS | (symbol << 16);
    node = 0;
  }
  return emitted | node;
}
