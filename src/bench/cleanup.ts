/** Removes what a run wrote: its keys, in steps that no server chokes on, and the leases that held them. */
import type { ByteString } from '../base/bytes.ts';
import { prefixEnd } from '../base/bytes.ts';
import { errorMessage } from '../base/errors.ts';
import type { ControlClient } from '../client/control/index.ts';
import type { Warning } from '../core/run/index.ts';

/** Deleting a hundred thousand keys at once would hold a server's write lock for seconds. */
const KEYS_AT_ONCE = 5_000;

/** What to tell where the cluster no longer answers; undefined: all is gone. */
export async function cleanUp(control: ControlClient, prefix: ByteString): Promise<Warning | undefined> {
  try {
    await removeKeys(control, prefix);
    return undefined;
  } catch (error) {
    const text = `keys may be left under ${prefix}/ (${errorMessage(error)}): etcdctl del --prefix ${prefix}/ removes them`;
    return { code: 'keys-left', text };
  }
}

async function removeKeys(control: ControlClient, prefix: ByteString): Promise<void> {
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
