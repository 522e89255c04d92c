/** Fields sent again and again on one connection: encoded once, then copied for as long as the table stays the same. */
import type { HeaderField, HpackEncoder } from './encoder.ts';

export class PreparedBlock {
  readonly fields: readonly HeaderField[];
  private bytes: Buffer | undefined;
  private version = -1;

  constructor(fields: readonly HeaderField[]) {
    this.fields = fields;
  }

  /** The block's bytes, valid until the encoder's next use. */
  encoded(encoder: HpackEncoder): Buffer {
    if (this.bytes !== undefined && this.version === encoder.version && !encoder.hasPendingResize) return this.bytes;
    const versionBefore = encoder.version;
    const announcesResize = encoder.hasPendingResize;
    const block = encoder.encode(this.fields);
    // A block that announced a size or inserted a field must be sent exactly once.
    if (encoder.version !== versionBefore || announcesResize) return block;
    this.bytes = Buffer.from(block);
    this.version = versionBefore;
    return this.bytes;
  }
}
