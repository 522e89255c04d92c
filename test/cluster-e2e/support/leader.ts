/** Who leads, as the members themselves say. */
import { connectControl } from '../../../src/client/control/index.ts';
import { until } from './until.ts';
import type { BenchMember } from './workbench.ts';

/** Waits until one of the members that run says that it leads. */
export function leaderOf(members: readonly BenchMember[]): Promise<BenchMember> {
  return until('a member leads', async () => {
    for (const member of members) if (member.process.isRunning && (await leads(member))) return member;
    return undefined;
  });
}

async function leads({ endpoint }: BenchMember): Promise<boolean> {
  const client = connectControl({ endpoints: [endpoint], timeoutMs: 2_000, dialTimeoutMs: 1_000 });
  try {
    const { header, leader } = await client.status({});
    return leader !== 0n && leader === header?.memberId;
  } catch {
    return false;
  } finally {
    client.close();
  }
}
