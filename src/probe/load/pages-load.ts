/**
 * Commits of the backend: pages scattered over a file, then one sync.
 *
 * etcd commits its backend every 100 ms; bbolt writes each dirty page where free space was, so the pages are scattered. The
 * whole commit counts (`writeMs` + `syncMs`), because that is what etcd's metric times.
 *
 * Source: etcd server/storage/backend/backend.go (batch interval 100 ms), bbolt's page size of 4,096 bytes.
 */
import type { LoadContext } from './append-load.ts';
import type { Load, PagesSpec } from './load.ts';

export const BACKEND_COMMITS_PER_S = 10;

export function pagesLoad(spec: PagesSpec, { nowMs, random, files }: LoadContext): Load {
  const file = files.take(0);
  const pages = Math.floor(spec.fileBytes / spec.pageBytes);
  const page = new Uint32Array(spec.pageBytes / 4);
  return {
    step() {
      const startMs = nowMs();
      for (let i = 0; i < spec.pagesPerCommit; i++) {
        for (let word = 0; word < page.length; word++) page[word] = random.uint32();
        file.write(new Uint8Array(page.buffer), random.below(pages) * spec.pageBytes);
      }
      const writtenMs = nowMs();
      file.datasync();
      const bytes = spec.pagesPerCommit * spec.pageBytes;
      return { writeMs: writtenMs - startMs, syncMs: nowMs() - writtenMs, switchMs: 0, bytes };
    },
    close: () => file.close(),
  };
}
