/** Little-endian fields, written into and read from one buffer. Reading past the end is the sender's error. */
import { OperationError } from '../../base/errors.ts';

const HIGH = 4294967296;

export class FieldWriter {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
  }

  u8(value: number): void {
    this.#view.setUint8(this.at, value);
    this.at += 1;
  }

  u32(value: number): void {
    this.#view.setUint32(this.at, value, true);
    this.at += 4;
  }

  /** A whole number of at most 53 bits, in 64. */
  u53(value: number): void {
    this.u32(value % HIGH);
    this.u32(Math.floor(value / HIGH));
  }

  id(value: bigint): void {
    this.#view.setBigUint64(this.at, value, true);
    this.at += 8;
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }
}

export class FieldReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  u53(): number {
    const low = this.u32();
    const value = this.u32() * HIGH + low;
    if (value > Number.MAX_SAFE_INTEGER) throw new OperationError('peer message: a number of more than 53 bits');
    return value;
  }

  id(): bigint {
    return this.#view.getBigUint64(this.#advance(8), true);
  }

  flag(): boolean {
    const value = this.u8();
    if (value > 1) throw new OperationError(`peer message: ${value} where 0 or 1 belongs`);
    return value === 1;
  }

  /** A view of the next bytes, not a copy. */
  raw(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.bytes.subarray(start, start + length);
  }

  #advance(length: number): number {
    const start = this.at;
    if (length > this.left) throw new OperationError(`peer message: cut short at byte ${this.bytes.length}`);
    this.at += length;
    return start;
  }
}
