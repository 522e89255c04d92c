/**
 * How large the records between two syncs are.
 *
 * A WAL under kube-apiserver carries mostly lease renewals, then events and the status of pods and nodes, and now and then
 * a large object. The sizes are those of Kubernetes objects as stored (a lease about 870 B a revision, a test pod 4 KB, a
 * real one 10–20 KB, at times 70 KB, a node 15–20 KB); the shares are assumed from how often each is written. A share of
 * them can be replaced: `--record-sizes 900:60,4000:40`.
 */
import { UsageError } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import { DEFAULT_MAX_REQUEST_BYTES } from '../../core/api/index.ts';

export interface RecordSize {
  readonly bytes: number;
  /** Relative frequency. */
  readonly weight: number;
}

export type RecordSizes = readonly RecordSize[];

export const KUBERNETES_RECORD_SIZES: RecordSizes = [
  { bytes: 1_000, weight: 60 },
  { bytes: 1_600, weight: 20 },
  { bytes: 4_200, weight: 10 },
  { bytes: 13_000, weight: 7 },
  { bytes: 18_000, weight: 2.5 },
  { bytes: 70_000, weight: 0.5 },
];

/** Every record of one size, as fio writes them. */
export function fixedSize(bytes: number): RecordSizes {
  return [{ bytes, weight: 1 }];
}

/** Reads `900:60,4000:40` (bytes:weight). Throws UsageError. */
export function parseRecordSizes(text: string): RecordSizes {
  const sizes = text.split(',').map((part) => {
    const match = /^(\d+)(?::(\d+(?:\.\d+)?))?$/.exec(part.trim());
    const bytes = Number(match?.[1]);
    const weight = Number(match?.[2] ?? 1);
    if (match === null || bytes < 1 || bytes > DEFAULT_MAX_REQUEST_BYTES || weight <= 0) {
      throw new UsageError(
        `record sizes '${text}': '${part}' is not BYTES:WEIGHT with 1 to ${DEFAULT_MAX_REQUEST_BYTES} bytes and a weight above 0, such as 900:60`,
      );
    }
    return { bytes, weight };
  });
  return sizes;
}

/** Draws sizes; a size that is not the only one varies by a quarter around its centre, as objects do. */
export function sizeSampler(sizes: RecordSizes, random: Random): () => number {
  const [first] = sizes;
  if (sizes.length === 1 && first !== undefined) return () => first.bytes;
  const total = sizes.reduce((sum, size) => sum + size.weight, 0);
  return () => {
    let rest = random.float() * total;
    let bytes = sizes.at(-1)?.bytes ?? 1;
    for (const size of sizes) {
      rest -= size.weight;
      if (rest < 0) {
        bytes = size.bytes;
        break;
      }
    }
    return Math.max(1, Math.round(bytes * (0.75 + 0.5 * random.float())));
  };
}

export function meanBytes(sizes: RecordSizes): number {
  const total = sizes.reduce((sum, size) => sum + size.weight, 0);
  return sizes.reduce((sum, size) => sum + (size.bytes * size.weight) / total, 0);
}

/** The largest record that a sampler may draw. */
export function largestBytes(sizes: RecordSizes): number {
  const largest = Math.max(...sizes.map((size) => size.bytes));
  return sizes.length === 1 ? largest : Math.ceil(largest * 1.25);
}
