/** Waits for a member's own store, without asking the others. */
import { connectControl } from '../../../src/client/control/index.ts';
import { until } from './until.ts';
import type { BenchMember } from './workbench.ts';

/** Resolves once the member itself has applied this revision. */
export async function caughtUp({ endpoint }: BenchMember, revision: number): Promise<void> {
  const client = connectControl({ endpoints: [endpoint], timeoutMs: 5_000 });
  try {
    await until(`${endpoint} has revision ${revision}`, async () => {
      const { header } = await client.range({ key: 'anything', serializable: true });
      return (header?.revision ?? 0) >= revision;
    });
  } finally {
    client.close();
  }
}
