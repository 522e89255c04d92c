/** Writes what a profile expects to be there before its clock starts. */
import type { Clock } from '../../base/clock.ts';
import { OperationError } from '../../base/errors.ts';
import type { LoadCaller, LoadClient, LoadError } from '../../client/load/index.ts';
import type { Keyspace, Ledger, ModelContext } from '../../core/workload/index.ts';
import { createObject, subjectOf } from '../../core/workload/index.ts';

/** Source: assumed; enough to share every sync among many, too few to fill anybody's queue. */
const AT_ONCE = 64;

/** Creates this shard's objects. */
export async function preload(
  client: LoadClient,
  clock: Clock,
  keyspace: Keyspace,
  ledger: Ledger,
  shard: number,
  shards: number,
): Promise<void> {
  const context: ModelContext = { keyspace, ledger, mayCompact: false };
  const operation = { atMs: 0, source: 0, sequence: 0, chance: 0 };
  const jobs = keyspace.objects.flatMap((space) =>
    Array.from({ length: space.kind.preload }, (_, object) => object)
      .filter((object) => object % shards === shard)
      .map((object) => subjectOf(context, space, { ...operation, object }, object)),
  );
  let next = 0;
  const worker = async (connection: number): Promise<void> => {
    for (let subject = jobs[next++]; subject !== undefined; subject = jobs[next++]) {
      const step = createObject(subject, 0).next(undefined, 0);
      if (step.kind !== 'send') continue;
      const { call } = step;
      await new Promise<void>((resolve, reject) => {
        const answered: LoadCaller['answered'] = (error, reply) => {
          if (error !== undefined) reject(refused(error));
          else if (!reply.succeeded) reject(new OperationError(`preload: ${subject.key} is there already`));
          else {
            ledger.preloaded(call.write!, reply.revision);
            resolve();
          }
        };
        client.call(call, connection, clock.nowMs(), { answered });
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, jobs.length) }, (_, i) => worker(i)));
}

function refused(error: LoadError): OperationError {
  return new OperationError(`preload: ${error.code}: ${error.message}`);
}
