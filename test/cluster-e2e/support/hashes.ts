/** The hash of every member's store at one revision. */
import { connectControl } from '../../../src/client/control/index.ts';
import { until } from './until.ts';

/** Waits until every member has the revision that the first one has, and gives each one's HashKV at it. */
export async function hashesOf(endpoints: readonly string[]): Promise<number[]> {
  const client = connectControl({ endpoints, timeoutMs: 10_000 });
  try {
    const { header } = await client.range({ key: 'anything' });
    const revision = header?.revision ?? 0;
    const hashes: number[] = [];
    for (const endpoint of endpoints) {
      hashes.push(
        await until(`${endpoint} has revision ${revision}`, async () => {
          const answer = await client.at(endpoint).hashKV({ revision });
          return { hash: answer.hash };
        }).then(({ hash }) => hash),
      );
    }
    return hashes;
  } finally {
    client.close();
  }
}
