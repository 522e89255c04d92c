/** Where a member keeps its files: etcd's own layout. */
import { join } from 'node:path';

export interface DataLayout {
  readonly member: string;
  readonly wal: string;
  readonly snap: string;
  /** The backend: a file of etcd's, a folder of ours. */
  readonly db: string;
}

export function dataLayout(dataDir: string, walDir: string | undefined): DataLayout {
  const member = join(dataDir, 'member');
  const snap = join(member, 'snap');
  return { member, wal: walDir ?? join(member, 'wal'), snap, db: join(snap, 'db') };
}
