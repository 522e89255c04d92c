/**
 * A TxnResponse in parts that make one when they stand end to end, for answers that are read piece by piece: what is read
 * is encoded at once, and the lengths that stand before it when it has ended.
 */
import { encodeRangeEnd, encodeRangeHeader, encodeRangeKvs } from './answers.ts';
import { shortTag, sizeDelimited, writeOpening, writeTrue } from './fields.ts';

/** Parts below this are put together, for millions of them would be slow to send. */
const LEAST_PART_BYTES = 16 * 1024;

const SUCCEEDED = shortTag('TxnResponse', 'succeeded');
const RESPONSES = shortTag('TxnResponse', 'responses');
const RESPONSE_RANGE = shortTag('ResponseOp', 'responseRange');
const RESPONSE_TXN = shortTag('ResponseOp', 'responseTxn');

const NO_PREFIX = Buffer.alloc(0);

/** Stands for the tags and lengths before an operation's answer until that has ended. */
interface Opening {
  readonly tag: number;
  readonly bytesBefore: number;
  bytes: Buffer | undefined;
}

export class TxnResponseParts {
  /** Bytes so far; of the whole message once its transaction has ended. */
  bytes = 0;
  private readonly header: Buffer;
  private readonly nestedHeader: Buffer;
  private readonly rangeHeader: Buffer;
  private readonly open: Opening[] = [];
  private readonly done: (Buffer | Opening)[] = [];
  private small: (Buffer | Opening)[] = [];
  private smallBytes = 0;
  private isBegun = false;

  /** The header is that of the whole; of its ranges etcd tells the revision, of nested transactions nothing. */
  constructor(prefix: Buffer, revision: number, raftTerm: number) {
    this.header = encodeRangeHeader(prefix, revision, raftTerm);
    this.nestedHeader = encodeRangeHeader(NO_PREFIX, 0, 0);
    this.rangeHeader = encodeRangeHeader(NO_PREFIX, revision, 0);
  }

  beginTxn(succeeded: boolean): void {
    if (this.isBegun) this.begin(RESPONSE_TXN);
    this.add(this.isBegun ? this.nestedHeader : this.header);
    this.isBegun = true;
    if (!succeeded) return;
    const field = Buffer.allocUnsafe(2);
    writeTrue(SUCCEEDED, field, 0);
    this.add(field);
  }

  beginRange(): void {
    this.begin(RESPONSE_RANGE);
    this.add(this.rangeHeader);
  }

  addKvs(kvs: readonly Uint8Array[]): void {
    this.add(encodeRangeKvs(kvs));
  }

  endRange({ more, count }: { readonly more: boolean; readonly count: number }): void {
    this.add(encodeRangeEnd(more, count));
    this.end();
  }

  endTxn(): void {
    if (this.open.length > 0) this.end();
  }

  /** The message, once its transaction has ended. */
  whole(): Buffer[] {
    this.putTogether();
    return this.done.map((part) => (Buffer.isBuffer(part) ? part : part.bytes!));
  }

  private add(part: Buffer): void {
    if (part.length === 0) return;
    this.bytes += part.length;
    this.small.push(part);
    this.smallBytes += part.length;
    if (this.smallBytes >= LEAST_PART_BYTES) this.putTogether();
  }

  private begin(tag: number): void {
    const opening = { tag, bytesBefore: this.bytes, bytes: undefined };
    this.open.push(opening);
    this.small.push(opening);
  }

  private end(): void {
    const opening = this.open.pop()!;
    const length = this.bytes - opening.bytesBefore;
    const inner = sizeDelimited(length);
    const bytes = Buffer.allocUnsafe(sizeDelimited(inner) - length);
    writeOpening(opening.tag, length, bytes, writeOpening(RESPONSES, inner, bytes, 0));
    opening.bytes = bytes;
    this.bytes += bytes.length;
  }

  /** What is small becomes one part, but for the openings that are not known yet. */
  private putTogether(): void {
    let group: Buffer[] = [];
    const close = (): void => {
      if (group.length > 0) this.done.push(group.length === 1 ? group[0]! : Buffer.concat(group));
      group = [];
    };
    for (const part of this.small) {
      const bytes = Buffer.isBuffer(part) ? part : part.bytes;
      if (bytes === undefined || bytes.length >= LEAST_PART_BYTES) {
        close();
        this.done.push(part);
      } else {
        group.push(bytes);
      }
    }
    close();
    this.small = [];
    this.smallBytes = 0;
  }
}
