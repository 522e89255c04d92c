/** What every Backend must do; run over each form. */
import { expect, it } from 'vitest';
import type { Backend } from '../../../src/base/backend.ts';
import { byteStringFrom, bytesFrom } from '../../../src/base/bytes.ts';

/** A place that a backend can be opened on again and again. */
export interface Place {
  open(): Promise<Backend>;
  remove(): Promise<void>;
}

export function revisionsOf(backend: Backend, main = 0, sub = 0): [number, number, boolean, string][] {
  const found: [number, number, boolean, string][] = [];
  backend.scanRevisions(main, sub, (m, s, tombstone, kv) => {
    found.push([m, s, tombstone, byteStringFrom(kv)]);
  });
  const ids: [number, number][] = [];
  backend.scanRevisionIds(main, sub, (m, s) => {
    ids.push([m, s]);
  });
  expect(ids).toEqual(found.map(([m, s]) => [m, s]));
  return found;
}

export function entriesOf(backend: Backend, bucket: 'lease' | 'meta' | 'alarm'): [string, string][] {
  const found: [string, string][] = [];
  backend.scan(bucket, (key, value) => {
    found.push([key, byteStringFrom(value)]);
  });
  return found;
}

/** Lets the other thread get on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

export function closed(backend: Backend): Promise<void> {
  return new Promise((resolve) => backend.close(resolve));
}

function chunksOf(backend: Backend): Uint8Array[] {
  const snapshot = backend.snapshot();
  const chunks: Uint8Array[] = [];
  for (let chunk = snapshot.next(); chunk !== undefined; chunk = snapshot.next()) chunks.push(chunk);
  snapshot.close();
  return chunks;
}

export function restored(backend: Backend, chunks: readonly Uint8Array[]): Promise<Error | undefined> {
  const restore = backend.restore();
  for (const chunk of chunks) restore.write(chunk);
  return new Promise((resolve) => restore.finish(resolve));
}

/** Puts revisions [from, to] with sub 0. */
export function fill(backend: Backend, from: number, to: number, size = 10): void {
  for (let main = from; main <= to; main++)
    backend.putRevision(main, 0, false, bytesFrom(`v${main}`.padEnd(size, '.')));
}

export async function flushed(backend: Backend): Promise<void> {
  if ('flush' in backend) (backend as { flush(): void }).flush();
  while (backend.flushedIndex < backend.consistentIndex) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** How a body is given a fresh backend, and its place to open it on again. */
export type WithBackend = (body: (backend: Backend, place: Place) => Promise<void> | void) => Promise<void>;

export function onFreshBackends(makePlace: () => Promise<Place>): WithBackend {
  return async (body) => {
    const place = await makePlace();
    try {
      const backend = await place.open();
      await body(backend, place);
    } finally {
      await place.remove();
    }
  };
}

export function describeContract(makePlace: () => Promise<Place>): void {
  const withBackend = onFreshBackends(makePlace);

  it('starts empty', () =>
    withBackend(async (backend) => {
      expect(revisionsOf(backend)).toEqual([]);
      expect(entriesOf(backend, 'lease')).toEqual([]);
      expect([backend.consistentIndex, backend.consistentTerm, backend.flushedIndex]).toEqual([0, 0, 0]);
      await closed(backend);
    }));

  it('shows writes before and after the commit', () =>
    withBackend(async (backend) => {
      const write = backend.allocate(3);
      write.set([1, 2, 3]);
      backend.putRevision(2, 0, false, write);
      backend.putRevision(2, 1, true, bytesFrom('b'));
      backend.put('lease', 'b', bytesFrom('2'));
      backend.put('lease', 'a\0\xff', bytesFrom('1'));
      backend.put('lease', 'c', bytesFrom(''));
      backend.delete('lease', 'c');
      const check = (): void => {
        expect(revisionsOf(backend)).toEqual([
          [2, 0, false, '\x01\x02\x03'],
          [2, 1, true, 'b'],
        ]);
        expect(backend.getRevision(2, 0)).toEqual(Uint8Array.of(1, 2, 3));
        expect(backend.getRevision(2, 2)).toBeUndefined();
        expect(backend.getRevision(3, 0)).toBeUndefined();
        expect(entriesOf(backend, 'lease')).toEqual([
          ['a\0\xff', '1'],
          ['b', '2'],
        ]);
        expect(backend.get('lease', 'b')).toEqual(bytesFrom('2'));
        expect(backend.get('lease', 'c')).toBeUndefined();
        expect(backend.get('alarm', 'b')).toBeUndefined();
      };
      check();
      expect(backend.pendingOperations).toBeGreaterThan(0);
      backend.commit(5, 2);
      expect(backend.pendingOperations).toBe(0);
      check();
      await closed(backend);
    }));

  it('keeps what was committed over a restart, and nothing else', () =>
    withBackend(async (backend, place) => {
      fill(backend, 2, 100);
      backend.put('meta', 'm', bytesFrom('x'));
      backend.commit(7, 3);
      fill(backend, 101, 110);
      backend.put('meta', 'm', bytesFrom('y'));
      await closed(backend);
      const again = await place.open();
      expect(again.consistentIndex).toBe(7);
      expect(again.consistentTerm).toBe(3);
      expect(again.flushedIndex).toBe(7);
      expect(revisionsOf(again)).toHaveLength(99);
      expect(again.get('meta', 'm')).toEqual(bytesFrom('x'));
      expect(entriesOf(again, 'meta')).toContainEqual(['m', 'x']);
      await closed(again);
    }));

  it('deletes revisions, pending and committed ones', () =>
    withBackend(async (backend, place) => {
      fill(backend, 2, 2000);
      backend.deleteRevision(1999, 0);
      backend.commit(1, 1);
      for (let main = 2; main < 1990; main++) backend.deleteRevision(main, 0);
      backend.deleteRevision(5000, 0);
      const left = [...Array.from({ length: 9 }, (_, i) => 1990 + i), 2000];
      expect(revisionsOf(backend).map(([main]) => main)).toEqual(left);
      expect(backend.getRevision(100, 0)).toBeUndefined();
      backend.commit(2, 1);
      expect(revisionsOf(backend).map(([main]) => main)).toEqual(left);
      await closed(backend);
      const again = await place.open();
      expect(revisionsOf(again).map(([main]) => main)).toEqual(left);
      await closed(again);
    }));

  it('scans from a revision on, and stops when told to', () =>
    withBackend(async (backend) => {
      fill(backend, 2, 5);
      backend.putRevision(6, 0, false, bytesFrom('a'));
      backend.putRevision(6, 1, false, bytesFrom('b'));
      backend.commit(1, 1);
      backend.putRevision(2 ** 33, 0, false, bytesFrom('far'));
      expect(revisionsOf(backend, 6, 1).map(([main, sub]) => [main, sub])).toEqual([
        [6, 1],
        [2 ** 33, 0],
      ]);
      expect(revisionsOf(backend, 7)).toHaveLength(1);
      let seen = 0;
      backend.scanRevisions(0, 0, () => ++seen < 3);
      expect(seen).toBe(3);
      backend.scanRevisionIds(0, 0, () => ++seen < 5);
      expect(seen).toBe(5);
      await closed(backend);
    }));

  it('reports what has become durable', () =>
    withBackend(async (backend) => {
      const reported: number[] = [];
      const durationsMs: number[] = [];
      backend.onFlushed = (index) => reported.push(index);
      backend.onCommitted = (durationMs) => durationsMs.push(durationMs);
      fill(backend, 2, 3);
      backend.commit(10, 1);
      await closed(backend);
      expect(reported.at(-1) ?? backend.flushedIndex).toBe(10);
      expect(durationsMs.length).toBe(reported.length);
      for (const durationMs of durationsMs) expect(durationMs).toBeGreaterThanOrEqual(0);
    }));

  it('makes a snapshot that later writes do not move', () =>
    withBackend(async (backend) => {
      const other = await makePlace();
      const target = await other.open();
      fill(target, 2, 9);
      target.commit(3, 1);
      fill(backend, 2, 3000, 100);
      backend.put('alarm', 'z', bytesFrom(''));
      backend.commit(40, 4);
      const snapshot = backend.snapshot();
      expect([snapshot.consistentIndex, snapshot.consistentTerm]).toEqual([40, 4]);
      const chunks: Uint8Array[] = [];
      chunks.push(snapshot.next()!);
      fill(backend, 3001, 3010);
      backend.put('alarm', 'y', bytesFrom(''));
      for (let main = 2; main < 1000; main++) backend.deleteRevision(main, 0);
      backend.commit(41, 4);
      for (let chunk = snapshot.next(); chunk !== undefined; chunk = snapshot.next()) chunks.push(chunk);
      snapshot.close();
      expect(chunks.length).toBeGreaterThan(2);
      expect(await restored(target, chunks)).toBeUndefined();
      expect(revisionsOf(target).map(([main]) => main)).toEqual(Array.from({ length: 2999 }, (_, i) => i + 2));
      expect(entriesOf(target, 'alarm')).toEqual([['z', '']]);
      expect([target.consistentIndex, target.consistentTerm, target.flushedIndex]).toEqual([40, 4, 40]);
      await closed(target);
      const again = await other.open();
      expect(revisionsOf(again)).toHaveLength(2999);
      await closed(again);
      await other.remove();
      await closed(backend);
    }));

  it('refuses a snapshot that is damaged or cut, and keeps what it had', () =>
    withBackend(async (backend) => {
      fill(backend, 2, 500);
      backend.commit(1, 1);
      const chunks = chunksOf(backend);
      const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
      let at = 0;
      for (const chunk of chunks) {
        whole.set(chunk, at);
        at += chunk.length;
      }
      const cut = backend.restore();
      cut.write(whole.subarray(0, whole.length - 10));
      expect(() => cut.finish(() => undefined)).toThrow(/ends too early/);
      cut.abort();
      const flipped = whole.slice();
      flipped[whole.length >> 1]! ^= 4;
      await settled();
      const second = backend.restore();
      expect(() => second.write(flipped)).toThrow(/checksum/);
      second.abort();
      await settled();
      const third = backend.restore();
      expect(() => third.write(bytesFrom('something else altogether'))).toThrow(/begin with/);
      third.abort();
      expect(revisionsOf(backend)).toHaveLength(499);
      await closed(backend);
    }));
}
