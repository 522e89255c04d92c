/**
 * Call metadata: an immutable list of names and values. Names are lower case; a name ending in `-bin` carries bytes,
 * which travel as base64.
 *
 * Source: gRPC over HTTP/2, section "Custom-Metadata".
 */
import { UsageError } from '../../base/errors.ts';

const NAME = /^[0-9a-z_.-]+$/;
const TEXT = /^[\x20-\x7e]*$/;

export class Metadata {
  static readonly empty = new Metadata([]);

  /** Name, value, name, value, … exactly as on the wire. */
  readonly fields: readonly string[];

  private constructor(fields: readonly string[]) {
    this.fields = fields;
  }

  /** Wraps fields that came off the wire; the caller gives the array away. */
  static fromWire(fields: readonly string[]): Metadata {
    return fields.length === 0 ? Metadata.empty : new Metadata(fields);
  }

  /** Text for plain names, bytes for names that end in `-bin`. Throws UsageError on what gRPC cannot carry. */
  static of(entries: Readonly<Record<string, string | Uint8Array>>): Metadata {
    let metadata = Metadata.empty;
    for (const [name, value] of Object.entries(entries)) metadata = metadata.with(name, value);
    return metadata;
  }

  /** This metadata and one more entry behind it. */
  with(name: string, value: string | Uint8Array): Metadata {
    if (!NAME.test(name) || name.startsWith('grpc-')) {
      throw new UsageError(`metadata name ${JSON.stringify(name)}: expected [0-9a-z_.-]+, not starting with grpc-`);
    }
    return new Metadata([...this.fields, name, toWireValue(name, value)]);
  }

  /** The first value of `name` as it travelled (base64 for `-bin` names). */
  get(name: string): string | undefined {
    const { fields } = this;
    for (let i = 0; i < fields.length; i += 2) if (fields[i] === name) return fields[i + 1];
    return undefined;
  }

  /** Every value of `name`, in order. */
  getAll(name: string): string[] {
    const values: string[] = [];
    for (const [key, value] of this) if (key === name) values.push(value);
    return values;
  }

  get size(): number {
    return this.fields.length / 2;
  }

  *[Symbol.iterator](): Generator<readonly [name: string, value: string]> {
    for (let i = 0; i < this.fields.length; i += 2) yield [this.fields[i]!, this.fields[i + 1]!];
  }
}

function toWireValue(name: string, value: string | Uint8Array): string {
  if (name.endsWith('-bin')) {
    if (typeof value === 'string')
      throw new UsageError(`metadata ${name}: a name ending in -bin carries bytes, not text`);
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64').replace(/=+$/, '');
  }
  if (typeof value !== 'string') throw new UsageError(`metadata ${name}: bytes need a name that ends in -bin`);
  if (!TEXT.test(value) || value.trim() !== value) {
    throw new UsageError(`metadata ${name}: expected printable ASCII without spaces at its ends`);
  }
  return value;
}
