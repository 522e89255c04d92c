/**
 * A TxnResponse in parts that make one when they stand end to end, for answers that are read piece by piece: what is read
 * is encoded at once, and the lengths that stand before it when it has ended.
 */
import { ownPart, type OutgoingPart } from '../blocks.ts';
import { encodeRangeEnd, encodeRangeHeader, writeRangeKvs } from './answers.ts';
import { BlockWriter } from './block-writer.ts';
import { shortTag, sizeDelimited, writeOpening, writeTrue } from './fields.ts';

const SUCCEEDED = shortTag('TxnResponse', 'succeeded');
const RESPONSES = shortTag('TxnResponse', 'responses');
const RESPONSE_RANGE = shortTag('ResponseOp', 'responseRange');
const RESPONSE_TXN = shortTag('ResponseOp', 'responseTxn');

const NO_PREFIX = Buffer.alloc(0);
const NO_BYTES = Buffer.alloc(0);
const HAS_SUCCEEDED = Buffer.alloc(2);
writeTrue(SUCCEEDED, HAS_SUCCEEDED, 0);

/** The tags and lengths before an operation's answer, which are known when that has ended. */
interface Opening {
  readonly tag: number;
  /** Where they belong in what has been written. */
  readonly position: number;
  /** Of the whole message when it began. */
  readonly bytesBefore: number;
  bytes: Buffer;
}

export class TxnResponseParts {
  private readonly header: Buffer;
  private readonly nestedHeader: Buffer;
  private readonly rangeHeader: Buffer;
  /** All but the openings before what is long. */
  private readonly written = new BlockWriter();
  /** Those, in the order of their positions, and what has not ended yet. */
  private readonly openings: Opening[] = [];
  private openingBytes = 0;
  private readonly open: Opening[] = [];
  private isBegun = false;

  /** The header is that of the whole; of its ranges etcd tells the revision, of nested transactions nothing. */
  constructor(prefix: Buffer, revision: number, raftTerm: number) {
    this.header = encodeRangeHeader(prefix, revision, raftTerm);
    this.nestedHeader = encodeRangeHeader(NO_PREFIX, 0, 0);
    this.rangeHeader = encodeRangeHeader(NO_PREFIX, revision, 0);
  }

  /** Bytes so far; of the whole message once its transaction has ended. */
  get bytes(): number {
    return this.written.bytes + this.openingBytes;
  }

  beginTxn(succeeded: boolean): void {
    if (this.isBegun) this.begin(RESPONSE_TXN);
    this.written.add(this.isBegun ? this.nestedHeader : this.header);
    this.isBegun = true;
    if (succeeded) this.written.add(HAS_SUCCEEDED);
  }

  beginRange(): void {
    this.begin(RESPONSE_RANGE);
    this.written.add(this.rangeHeader);
  }

  addKvs(kvs: readonly Uint8Array[]): void {
    writeRangeKvs(kvs, this.written);
  }

  endRange({ more, count }: { readonly more: boolean; readonly count: number }): void {
    this.written.add(encodeRangeEnd(more, count));
    this.end();
  }

  endTxn(): void {
    if (this.open.length > 0) this.end();
  }

  /** The message, once its transaction has ended; its blocks are the caller's from then on. */
  whole(): OutgoingPart[] {
    const parts: OutgoingPart[] = [];
    let position = 0;
    let next = 0;
    for (const part of this.written.take()) {
      let { bytes } = part;
      for (; next < this.openings.length && this.openings[next]!.position < position + bytes.length; next++) {
        const opening = this.openings[next]!;
        const before = opening.position - position;
        if (before > 0) parts.push(ownPart(bytes.subarray(0, before)));
        parts.push(ownPart(opening.bytes));
        bytes = bytes.subarray(before);
        position = opening.position;
      }
      parts.push({ bytes, block: part.block });
      position += bytes.length;
    }
    return parts;
  }

  /** The message is not wanted. */
  drop(): void {
    this.written.drop();
  }

  private begin(tag: number): void {
    const opening = { tag, position: this.written.bytes, bytesBefore: this.bytes, bytes: NO_BYTES };
    this.open.push(opening);
    this.openings.push(opening);
  }

  private end(): void {
    const opening = this.open.pop()!;
    const length = this.bytes - opening.bytesBefore;
    const inner = sizeDelimited(length);
    const bytes = Buffer.allocUnsafe(sizeDelimited(inner) - length);
    writeOpening(opening.tag, length, bytes, writeOpening(RESPONSES, inner, bytes, 0));
    // Before what is short it is put at once: parts of a few bytes each, a million of them, would be slow to send.
    if (this.openings.at(-1) === opening && this.written.insert(opening.position, bytes)) {
      this.openings.pop();
      return;
    }
    opening.bytes = bytes;
    this.openingBytes += bytes.length;
  }
}
