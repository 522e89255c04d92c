/**
 * Writers that put one key each, again and again, and remember what was acknowledged at which revision. A write that fails is
 * tried again on the next member: it may then stand twice in the history, which is no loss.
 */
import { connectControl, type ControlClient } from '../../../src/client/control/index.ts';

/** A write that a dead leader took with it is never answered. */
const CALL_TIMEOUT_MS = 2_000;
/** Between two attempts, so that a cluster without a leader is not stormed. */
const RETRY_MS = 50;

export interface Acknowledged {
  readonly key: string;
  readonly value: string;
  readonly revision: number;
}

export class WriteLoad {
  readonly acknowledged: Acknowledged[] = [];
  /** Answers that contradict what was acknowledged before. */
  readonly violations: string[] = [];
  /** Why attempts failed, and how often. */
  readonly failures = new Map<string, number>();
  #isRunning = true;
  readonly #writers: Promise<void>[];
  readonly #clients = new Set<ControlClient>();

  /** `endpoints` is asked again before each attempt: members come and go. */
  constructor(endpoints: () => readonly string[], writers: number, prefix = 'load/') {
    this.#writers = Array.from({ length: writers }, (_, i) => this.#write(`${prefix}${i}`, i, endpoints));
  }

  /** Ends the load; a write that is under way is finished or given up first. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    await Promise.all(this.#writers);
    for (const client of this.#clients) client.close();
  }

  async #write(key: string, firstTurn: number, endpoints: () => readonly string[]): Promise<void> {
    const clients = new Map<string, ControlClient>();
    let turn = firstTurn;
    let lastRevision = 0;
    for (let sequence = 1; this.#isRunning; sequence++) {
      const value = `${key}=${sequence}`;
      while (this.#isRunning) {
        const all = endpoints();
        const endpoint = all[turn % all.length]!;
        const client = clients.get(endpoint) ?? this.#connect(endpoint);
        clients.set(endpoint, client);
        try {
          const { header } = await client.put({ key, value: Buffer.from(value) });
          const revision = header?.revision ?? 0;
          if (revision <= lastRevision) this.violations.push(`${value}: revision ${revision} after ${lastRevision}`);
          lastRevision = revision;
          this.acknowledged.push({ key, value, revision });
          break;
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          this.failures.set(reason, (this.failures.get(reason) ?? 0) + 1);
          turn++;
          // A new client dials at once; one that was refused waits a second.
          client.close();
          clients.delete(endpoint);
          this.#clients.delete(client);
          await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        }
      }
    }
  }

  #connect(endpoint: string): ControlClient {
    const client = connectControl({ endpoints: [endpoint], timeoutMs: CALL_TIMEOUT_MS, dialTimeoutMs: 1000 });
    this.#clients.add(client);
    return client;
  }
}

/**
 * What is missing of the acknowledged writes: each must stand in the history at its revision. The history is read with a
 * watch from the first revision, so nothing may have been compacted. One line each, none when all is there.
 */
export async function lostWrites(endpoint: string, acknowledged: readonly Acknowledged[]): Promise<string[]> {
  const client = connectControl({ endpoints: [endpoint], timeoutMs: 30_000 });
  try {
    const { header } = await client.range({ key: 'anything' });
    const history = await readHistory(client, header?.revision ?? 0);
    return acknowledged.flatMap(({ key, value, revision }) => {
      const found = history.get(revision);
      return found?.key === key && found.value === value
        ? []
        : [`${value} acknowledged at revision ${revision}: there is ${JSON.stringify(found)}`];
    });
  } finally {
    client.close();
  }
}

/** By revision, up to `last`. Throws where the watch's order is broken. */
async function readHistory(client: ControlClient, last: number): Promise<Map<number, { key: string; value: string }>> {
  const history = new Map<number, { key: string; value: string }>();
  if (last <= 1) return history;
  const stream = await client.watch();
  stream.send({ createRequest: { key: '\0', rangeEnd: '\0', startRevision: 1 } });
  let seen = 1;
  for await (const { events } of stream) {
    for (const { kv } of events) {
      if (kv === undefined) continue;
      if (kv.modRevision !== seen + 1) throw new Error(`the watch goes from revision ${seen} to ${kv.modRevision}`);
      seen = kv.modRevision;
      history.set(seen, { key: kv.key, value: Buffer.from(kv.value).toString() });
    }
    if (seen >= last) break;
  }
  return history;
}
