import type { ResponseHeader } from '../api/types.ts';

/** A header that says only the revision; the server adds who answers. */
export function headerAt(revision: number): ResponseHeader {
  return { clusterId: 0n, memberId: 0n, revision, raftTerm: 0 };
}
