/** Removes what a run wrote: its keys, in steps that no server chokes on, and the leases that held them. */
import type { ByteString } from '../base/bytes.ts';
import { prefixEnd } from '../base/bytes.ts';
import type { ControlClient } from '../client/control/index.ts';

/** Deleting a hundred thousand keys at once would hold a server's write lock for seconds. */
const KEYS_AT_ONCE = 5_000;

export async function removeKeys(control: ControlClient, prefix: ByteString): Promise<void> {
  const range = { key: `${prefix}/`, rangeEnd: prefixEnd(`${prefix}/`) };
  const leases = new Set<bigint>();
  for (;;) {
    const page = await control.range({ ...range, limit: KEYS_AT_ONCE, keysOnly: true });
    const last = page.kvs.at(-1);
    if (last === undefined) break;
    for (const { lease } of page.kvs) if (lease !== 0n) leases.add(lease);
    await control.deleteRange({ key: range.key, rangeEnd: `${last.key}\0` });
  }
  // A lease that has expired meanwhile is as good as revoked.
  await Promise.all([...leases].map((id) => control.leaseRevoke({ id }).catch(() => undefined)));
}
