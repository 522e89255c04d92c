/**
 * Length-prefixed messages out of DATA payloads that cut them anywhere. Memory grows with what has arrived, not with
 * what a prefix announces, until the window for a large message has been granted.
 *
 * Source: gRPC over HTTP/2, "Length-Prefixed-Message".
 */
export const PREFIX_BYTES = 5;
const FIRST_CAPACITY_BYTES = 1024;

export interface AssemblerOwner {
  /** What a prefix announces: the flag of compression and the length. False refuses the message; the assembler is then not used again. */
  announce(flag: number, messageBytes: number): boolean;
  /** A complete message: `bytes[start, end)`, valid during the call. False stops before the next one. */
  deliver(bytes: Buffer, start: number, end: number): boolean;
  /** True once the whole announced message may be held in memory. */
  readonly granted: boolean;
}

export class MessageAssembler {
  private readonly owner: AssemblerOwner;
  private buffer: Buffer = Buffer.alloc(0);
  /** Bytes of prefix and message at hand. */
  private filled = 0;
  /** Prefix and message; 0 until the prefix is complete. */
  private total = 0;

  constructor(owner: AssemblerOwner) {
    this.owner = owner;
  }

  /** No message has been begun. */
  get isEmpty(): boolean {
    return this.filled === 0;
  }

  /** Takes bytes until they end or the owner stops; returns the offset behind those taken. */
  push(bytes: Buffer, start: number, end: number): number {
    while (start < end) {
      if (this.filled === 0 && end - start >= PREFIX_BYTES) {
        // A message that lies whole in this payload is delivered in place.
        const messageStart = start + PREFIX_BYTES;
        const messageEnd = messageStart + bytes.readUInt32BE(start + 1);
        if (!this.owner.announce(bytes[start]!, messageEnd - messageStart)) return end;
        if (messageEnd <= end) {
          start = messageEnd;
          if (!this.owner.deliver(bytes, messageStart, messageEnd)) return start;
          continue;
        }
        this.total = PREFIX_BYTES + messageEnd - messageStart;
      }
      start = this.fill(bytes, start, end);
      if (this.total === 0 && this.filled === PREFIX_BYTES) {
        const messageBytes = this.buffer.readUInt32BE(1);
        this.total = PREFIX_BYTES + messageBytes;
        if (!this.owner.announce(this.buffer[0]!, messageBytes)) return end;
      }
      if (this.total > 0 && this.filled === this.total && !this.deliverFilled()) return start;
    }
    return start;
  }

  private deliverFilled(): boolean {
    const message = this.buffer;
    const { total } = this;
    this.buffer = Buffer.alloc(0);
    this.filled = 0;
    this.total = 0;
    return this.owner.deliver(message, PREFIX_BYTES, total);
  }

  private fill(bytes: Buffer, start: number, end: number): number {
    const target = this.total === 0 ? PREFIX_BYTES : this.total;
    const take = Math.min(target - this.filled, end - start);
    this.reserve(this.filled + take);
    bytes.copy(this.buffer, this.filled, start, start + take);
    this.filled += take;
    return start + take;
  }

  private reserve(needed: number): void {
    if (needed <= this.buffer.length) return;
    const doubled = Math.max(needed, this.buffer.length * 2, FIRST_CAPACITY_BYTES);
    const capacity = this.owner.granted && this.total > 0 ? this.total : doubled;
    const larger = Buffer.allocUnsafe(capacity);
    this.buffer.copy(larger, 0, 0, this.filled);
    this.buffer = larger;
  }
}
